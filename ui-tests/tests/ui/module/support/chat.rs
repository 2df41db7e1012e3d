fn open() {}
