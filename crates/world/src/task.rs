//! Running futures on one thread, in an order that somebody chooses.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A future of the engine.
pub(crate) type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Notes whether it was rung: a future that gives way rings at once, one that waits for the outside never does.
#[derive(Debug, Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Polls a future once.
///
/// # Panics
/// When it waits for something: in the fake world there is nothing to wait for.
pub(crate) fn poll<T>(task: Pin<&mut (dyn Future<Output = T> + Send)>) -> Option<T> {
    let bell = Arc::new(Bell::default());
    match task.poll(&mut Context::from_waker(&Waker::from(Arc::clone(&bell)))) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => {
            assert!(bell.0.load(Ordering::Relaxed), "a future of the engine waits for something outside the database");
            None
        }
    }
}

/// Runs a future to its end.
///
/// # Panics
/// When it waits for something.
pub(crate) fn block_on<T>(future: impl Future<Output = T> + Send) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        if let Some(value) = poll(future.as_mut()) {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "waits for something")]
    fn a_future_that_waits_is_a_mistake() {
        block_on(std::future::pending::<()>());
    }
}
