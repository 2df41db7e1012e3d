use std::{
    io,
    net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::Pid;

use super::{Cores, children, cores};

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(10);

/// Another process may take a free port before the server binds it.
const ATTEMPTS: usize = 3;

/// A running server. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddrV4,
}

impl Server {
    /// Starts a server with a port in its environment, and waits until it listens there.
    pub(crate) fn start(mut command: Command, cores: &Cores) -> io::Result<Self> {
        let mut attempts = 1..=ATTEMPTS;
        loop {
            let last = attempts.next() == Some(ATTEMPTS);
            match Self::start_once(&mut command, cores) {
                Err(_) if !last => {}
                outcome => return outcome,
            }
        }
    }

    fn start_once(command: &mut Command, cores: &Cores) -> io::Result<Self> {
        let address = free_address()?;
        command.env("PORT", address.port().to_string());
        Self::start_at(command, address, cores)
    }

    /// Starts a server that knows its address, and waits until it listens there.
    pub(crate) fn start_at(
        command: &mut Command,
        address: SocketAddrV4,
        cores: &Cores,
    ) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = cores::on(&cores.server, || children::spawn(command))?;
        let mut server = Self { child, address };
        server.wait_until_it_listens()?;
        Ok(server)
    }

    /// The address that it listens on.
    pub(crate) fn address(&self) -> SocketAddrV4 {
        self.address
    }

    /// Its process.
    pub(crate) fn pid(&self) -> io::Result<Pid> {
        children::pid(&self.child).ok_or_else(|| io::Error::other("the server has no process id"))
    }

    fn wait_until_it_listens(&mut self) -> io::Result<()> {
        let began = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!("it ended at once: {status}")));
            }
            if began.elapsed() > PATIENCE {
                return Err(io::Error::other("it does not listen on PORT"));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        children::end(&mut self.child);
    }
}

/// An address with a free port.
pub(crate) fn free_address() -> io::Result<SocketAddrV4> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(SocketAddrV4::new(
        Ipv4Addr::LOCALHOST,
        listener.local_addr()?.port(),
    ))
}
