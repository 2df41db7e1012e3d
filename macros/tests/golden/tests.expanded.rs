#[::core::prelude::v1::test]
/// Docs stay with the test.
#[ignore = "takes long"]
#[should_panic = "as it should"]
fn an_application() {
    async fn an_application() {
        panic!("as it should");
    }
    ::levante::__private::run_test(an_application())
}
#[::core::prelude::v1::test]
pub(crate) fn fallible() -> Result<(), std::io::Error> {
    async fn fallible() -> Result<(), std::io::Error> {
        let app = connect().await?;
        app.close().await
    }
    ::levante::__private::run_test(fallible())
}
#[::core::prelude::v1::test]
fn plain() {
    assert_eq!(1 + 1, 2);
}
