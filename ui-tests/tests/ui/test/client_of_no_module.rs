use levante::test::TestApp;

struct Chat;

async fn test(app: TestApp) {
    app.connect_to::<Chat>("/chat").await;
}

fn main() {
    let _ = test;
}
