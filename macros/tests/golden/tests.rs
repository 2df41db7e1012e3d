/// Docs stay with the test.
#[test]
#[ignore = "takes long"]
#[should_panic = "as it should"]
async fn an_application() {
    panic!("as it should");
}

#[test]
pub(crate) async fn fallible() -> Result<(), std::io::Error> {
    let app = connect().await?;
    app.close().await
}

#[test]
fn plain() {
    assert_eq!(1 + 1, 2);
}
