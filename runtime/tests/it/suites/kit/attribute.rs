//! `#[levante::test]`.

use levante::test;

#[test]
fn a_plain_function_is_an_ordinary_test() {
    assert!(tokio::runtime::Handle::try_current().is_err());
}

#[test]
async fn an_async_function_runs_in_an_actix_system_on_a_clock_that_stands() {
    assert!(actix_web::rt::System::is_registered());
    let before = tokio::time::Instant::now();
    test::advance(std::time::Duration::from_secs(3600)).await;
    assert_eq!(before.elapsed().as_secs(), 3600);
    let task = actix_web::rt::spawn(async { 5 });
    assert_eq!(task.await.unwrap(), 5);
}

#[levante::test]
async fn a_test_may_return_a_result() -> Result<(), std::num::ParseIntError> {
    let five: i32 = "5".parse()?;
    assert_eq!(five, 5);
    Ok(())
}

#[levante::test]
#[should_panic(expected = "as it should")]
async fn a_test_may_have_to_panic() {
    panic!("as it should");
}

#[test]
#[should_panic = "plainly"]
fn a_plain_one_may_have_to_panic() {
    panic!("plainly");
}

#[levante::test]
async fn the_arbiter_of_the_system_runs() {
    let (tell, told) = tokio::sync::oneshot::channel();
    actix_rt::Arbiter::current().spawn(async move {
        tell.send(5).unwrap();
    });
    assert_eq!(told.await, Ok(5));
}

#[test]
#[should_panic = "`levante::test::app` works in a test with `#[levante::test]` only"]
fn an_application_needs_the_attribute() {
    drop(test::app(actix_web::App::new));
}

#[test]
#[should_panic = "`levante::test::advance` works in a test with `#[levante::test]` only"]
fn so_does_the_clock() {
    drop(test::advance(std::time::Duration::ZERO));
}
