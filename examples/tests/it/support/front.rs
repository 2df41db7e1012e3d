//! nginx in front of three chats, with the configuration of `examples/cluster`.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::support::{
    address::free_addresses,
    folder::Folder,
    process::{PATIENCE, Process},
    requirements,
};

/// A running nginx, stopped when it is dropped.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    process: Process,
    _folder: Folder,
}

impl Front {
    /// Starts it in front of these chats. With `spread` it takes one after the other, and not the one
    /// of the room.
    pub(crate) fn start(chats: [SocketAddr; 3], spread: bool) -> Self {
        requirements::assert(requirements::proxy("nginx"));
        let folder = Folder::new("front");
        let [address, _] = free_addresses();
        let [one, two, three] = chats.map(|chat| format!("{chat};"));
        let hash = "hash $arg_room consistent;";
        let kept = if spread { "" } else { hash };
        // Without root, nginx cannot write into its own folders.
        let http = "http {\n    access_log off;\n    client_body_temp_path body;\n    \
                    proxy_temp_path proxy;\n    fastcgi_temp_path fastcgi;\n    \
                    uwsgi_temp_path uwsgi;\n    scgi_temp_path scgi;\n";
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("cluster/nginx.conf");
        let mut text = fs::read_to_string(source).unwrap();
        for (from, to) in [
            ("worker_processes auto;", "worker_processes 1;"),
            ("worker_connections 4096;", "worker_connections 100;"),
            ("http {\n", http),
            ("listen 80;", &format!("listen {address};")),
            ("one:8080;", &one),
            ("two:8080;", &two),
            ("three:8080;", &three),
            (hash, kept),
        ] {
            assert_eq!(text.matches(from).count(), 1, "{from}");
            text = text.replace(from, to);
        }
        let file = folder.path().join("nginx.conf");
        fs::write(&file, text).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder.path()).arg("-c").arg(file);
        command.args(["-e", "stderr", "-g", "daemon off; pid nginx.pid;"]);
        let mut process = Process::start(&mut command);

        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            assert!(process.is_running(), "nginx has ended");
            assert!(Instant::now() < deadline, "nginx does not listen");
            thread::sleep(Duration::from_millis(2));
        }
        Self {
            address,
            process,
            _folder: folder,
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // A killed master of nginx would leave its worker behind.
        if self.process.is_running() {
            self.process.signal(Signal::TERM);
            self.process.exit();
        }
    }
}
