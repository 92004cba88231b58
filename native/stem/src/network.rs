//! The network of one sandbox: a loopback device, the addresses that this program answers, and ranges that lead nowhere.

use crate::sys::{check, failure};
use serde_json::Value;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

const BACKLOG: i32 = 128;
const CONNECT_MS: i32 = 50;
/// Two ticks of a kernel with 250 a second; the delay is at most one less.
const RETRANSMIT_MIN_US: &str = "8000";

pub struct Range {
    pub address: Ipv4Addr,
    pub mask: Ipv4Addr,
}

/// 169.254.100.1, where AWS's runtimes find the Runtime API. The whole /16 becomes local: a connect to a metadata address is refused at
/// once instead of leaving the sandbox or timing out.
const LINK_LOCAL: Range = Range { address: Ipv4Addr::new(169, 254, 100, 1), mask: Ipv4Addr::new(255, 255, 0, 0) };

/// A range that belongs to `lo` is local, whatever routes come later; the function has no right to undo it.
pub fn set_up(blocked: &[Range]) -> io::Result<()> {
    let socket = datagram_socket()?;
    bring_up(&socket)?;
    for (index, range) in [&LINK_LOCAL].into_iter().chain(blocked).enumerate() {
        add_alias(&socket, index + 1, range)?;
    }
    acknowledge_soon();
    Ok(())
}

/// A runtime that streams in small pieces and leaves Nagle's algorithm on, as lambda_runtime does, waits for the acknowledgement of each piece,
/// which the kernel delays by 40 ms. It delays it for less than the shortest time of a retransmission, and on lo that may be short.
/// Kernels before 6.11 have no such setting; there it stays as it is.
fn acknowledge_soon() {
    let _ = std::fs::write("/proc/sys/net/ipv4/tcp_rto_min_us", RETRANSMIT_MIN_US);
}

fn datagram_socket() -> io::Result<OwnedFd> {
    let fd = check(unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) }.into(), "socket")?;
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

fn request(device: &str) -> libc::ifreq {
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, byte) in request.ifr_name.iter_mut().zip(device.bytes().take(libc::IFNAMSIZ - 1)) {
        *place = byte as libc::c_char;
    }
    request
}

fn bring_up(socket: &OwnedFd) -> io::Result<()> {
    let mut wanted = request("lo");
    wanted.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as i16;
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &wanted) }.into(), "bring lo up").map(drop)
}

fn add_alias(socket: &OwnedFd, number: usize, range: &Range) -> io::Result<()> {
    for (call, value) in [(libc::SIOCSIFADDR, range.address), (libc::SIOCSIFNETMASK, range.mask)] {
        let mut wanted = request(&format!("lo:{number}"));
        // SAFETY: an ifreq holds a sockaddr at this place, and a sockaddr_in is as large
        unsafe { (&raw mut wanted.ifr_ifru).cast::<libc::sockaddr_in>().write(socket_address(value, 0)) };
        let result = unsafe { libc::ioctl(socket.as_raw_fd(), call as _, &wanted) };
        check(result.into(), &format!("give lo the address {value}"))?;
    }
    Ok(())
}

fn socket_address(address: Ipv4Addr, port: u16) -> libc::sockaddr_in {
    let mut result: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    result.sin_family = libc::AF_INET as libc::sa_family_t;
    result.sin_port = port.to_be();
    result.sin_addr.s_addr = u32::from_ne_bytes(address.octets());
    result
}

pub fn listen(at: SocketAddrV4) -> io::Result<OwnedFd> {
    let fd = check(unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) }.into(), "socket")?;
    let socket = unsafe { OwnedFd::from_raw_fd(fd as RawFd) };
    let address = socket_address(*at.ip(), at.port());
    let length = size_of::<libc::sockaddr_in>() as u32;
    let bound = unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast::<libc::sockaddr>(), length) };
    check(bound.into(), &format!("bind {at}"))?;
    check(unsafe { libc::listen(socket.as_raw_fd(), BACKLOG) }.into(), "listen")?;
    Ok(socket)
}

/// On the loopback device it is known at once whether somebody listens; one whose backlog is full does not hold up pid 1.
pub fn connect(to: SocketAddrV4) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    let fd = check(unsafe { libc::socket(libc::AF_INET, kind, 0) }.into(), "socket")?;
    let socket = unsafe { OwnedFd::from_raw_fd(fd as RawFd) };
    let address = socket_address(*to.ip(), to.port());
    let length = size_of::<libc::sockaddr_in>() as u32;
    let result = unsafe { libc::connect(socket.as_raw_fd(), (&raw const address).cast::<libc::sockaddr>(), length) };
    let error = io::Error::last_os_error();
    match (result, error.raw_os_error()) {
        (0, _) => Ok(socket),
        (_, Some(libc::EINPROGRESS)) if is_connected(&socket) => Ok(socket),
        _ => Err(error),
    }
}

fn is_connected(socket: &OwnedFd) -> bool {
    let mut watched = libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    let mut error: libc::c_int = 0;
    let mut length = size_of::<libc::c_int>() as u32;
    unsafe {
        libc::poll(&mut watched, 1, CONNECT_MS) == 1
            && libc::getsockopt(watched.fd, libc::SOL_SOCKET, libc::SO_ERROR, (&raw mut error).cast(), &mut length) == 0
            && error == 0
    }
}

pub fn ranges_of(value: &Value) -> io::Result<Vec<Range>> {
    let address =
        |text: &Value| text.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| failure("a blocked range is not an address"));
    let ranges = value.as_array().map(Vec::as_slice).unwrap_or_default();
    ranges.iter().map(|range| Ok(Range { address: address(&range["address"])?, mask: address(&range["mask"])? })).collect()
}
