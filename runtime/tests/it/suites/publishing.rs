//! Concurrent publishes: from other threads and runtimes, beside each other, and beside subscribers
//! that come and go.

use std::{sync::mpsc, thread};

use crate::{
    suites::routes::{app, lobby},
    support::{
        Driver, on_each_driver,
        probe::{self, socket::Ws},
        serve, serve_with,
    },
};

/// Runs a task on a tokio runtime outside actix.
fn outside_actix<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> thread::JoinHandle<T> {
    thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async { tokio::spawn(task).await.unwrap() })
    })
}

on_each_driver! {
    async fn threads_and_tasks_outside_actix_reach_every_worker(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = lobby(&server, 8).await;
            let (of_thread, of_task) = (server.server.clone(), server.server.clone());
            let thread = thread::spawn(move || of_thread.publish("lobby", "from a thread"));
            assert_eq!(thread.join().unwrap(), 8);
            let task = outside_actix(async move {
                tokio::task::yield_now().await;
                of_task.publish("lobby", "from a task")
            });
            assert_eq!(task.join().unwrap(), 8);
            for (client, _) in &mut clients {
                assert_eq!(client.text().await, "from a thread");
                assert_eq!(client.text().await, "from a task");
            }
            // A thread outside actix can also use a socket of any worker.
            for (_, id) in &clients {
                let (server, id) = (server.server.clone(), id.parse().unwrap());
                let task = outside_actix(async move {
                    let ws = server.socket::<Ws>(id).unwrap();
                    ws.send("for you");
                    ws.publish("lobby", "for the others")
                });
                assert_eq!(task.join().unwrap(), 7);
            }
            for (client, _) in &mut clients {
                let mut texts = Vec::new();
                for _ in 0..8 {
                    texts.push(client.text().await);
                }
                // A send to one socket may overtake publishes of other threads.
                texts.sort();
                assert_eq!(texts[0], "for the others");
                assert_eq!(texts[6], "for the others");
                assert_eq!(texts[7], "for you");
            }
        }
    }

    async fn each_publishers_messages_to_a_topic_stay_in_order(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = lobby(&server, 4).await;
            for (client, _) in &mut clients {
                assert_eq!(client.ask("subscribe attic").await, "true");
            }
            // Sockets of every worker and a thread publish at once, to two topics in turn.
            for (publisher, (client, _)) in clients.iter_mut().enumerate() {
                let steps: Vec<_> = (0..50)
                    .map(|i| {
                        format!(
                            "publish-all lobby {publisher} 0 {i};publish-all attic {publisher} 1 {i}"
                        )
                    })
                    .collect();
                client.send(steps.join(";")).await;
            }
            let space = server.server.clone();
            let thread = thread::spawn(move || {
                for i in 0..50 {
                    assert_eq!(space.publish("lobby", format!("4 0 {i}")), 4);
                    assert_eq!(space.publish("attic", format!("4 1 {i}")), 4);
                }
            });
            for (client, _) in &mut clients {
                let mut next = [[0; 2]; 5];
                for _ in 0..5 * 2 * 50 {
                    let text = client.text().await;
                    let numbers: Vec<usize> =
                        text.split(' ').map(|number| number.parse().unwrap()).collect();
                    let [publisher, topic, number] = numbers[..] else {
                        panic!("{text}");
                    };
                    assert_eq!(number, next[publisher][topic], "{text}");
                    next[publisher][topic] += 1;
                }
            }
            thread.join().unwrap();
        }
    }

    async fn leaving_and_coming_back_amid_publishes_is_exact(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut others = lobby(&server, 3).await;
            let mut client = server.connect("/probe").await;
            let (more, wanted) = mpsc::channel();
            let space = server.server.clone();
            let publisher = thread::spawn(move || {
                let mut number = 0;
                for () in wanted {
                    for _ in 0..16 {
                        space.publish("lobby", number.to_string());
                        number += 1;
                    }
                }
                number
            });
            for _ in 0..40 {
                more.send(()).unwrap();
                assert_eq!(client.ask("subscribe lobby").await, "true");
                more.send(()).unwrap();
                let first: usize = client.text().await.parse().unwrap();
                more.send(()).unwrap();
                client.send("unsubscribe lobby; echo out").await;
                // No number is missing until the client left, and none comes afterwards.
                let mut next = first + 1;
                loop {
                    match &*client.text().await {
                        "true" => break,
                        number => assert_eq!(number.parse(), Ok(next)),
                    }
                    next += 1;
                }
                assert_eq!(client.text().await, "out");
            }
            drop(more);
            let published = publisher.join().unwrap();
            for (other, _) in &mut others {
                for number in 0..published {
                    assert_eq!(other.text().await, number.to_string());
                }
            }
        }
    }

    async fn a_cork_holds_what_is_sent_until_it_ends(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = server.connect("/probe").await;
        let id = client.ask("id").await.parse().unwrap();
        let ws = server.server.socket::<Ws>(id).unwrap();
        let (tell, told) = tokio::sync::oneshot::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let corked = thread::spawn(move || {
            ws.cork(|ws| {
                ws.send("one");
                tell.send(()).unwrap();
                may_go_on.recv().unwrap();
                let held = ws.buffered_amount();
                ws.send("two");
                held
            })
        });
        told.await.unwrap();
        // During the cork, the worker runs and writes to other sockets.
        let mut other = server.connect("/probe").await;
        for _ in 0..10 {
            assert_eq!(other.ask("echo here").await, "here");
        }
        go_on.send(()).unwrap();
        assert_eq!(corked.join().unwrap(), "__one".len());
        assert_eq!(client.text().await, "one");
        assert_eq!(client.text().await, "two");
    }
}
