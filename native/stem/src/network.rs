//! The network of one sandbox: a loopback device, the addresses that this program answers, and ranges that lead nowhere.

use crate::channel::Channel;
use crate::sys::{Doing, check, enter_namespace, failure};
use serde_json::{Value, json};
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

const BACKLOG: i32 = 128;

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
    Ok(())
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

/// `stem listen PID NAME=ADDRESS:PORT…`: enters a sandbox that another program made (bubblewrap), opens the listeners there and hands them to Node.
pub fn listen_inside(arguments: &[String]) -> io::Result<()> {
    let channel = Channel::from_environment()?;
    let pid = arguments.first().ok_or_else(|| failure("stem listen: which process?"))?;
    enter_network_of(pid)?;
    set_up(&[])?;
    for argument in &arguments[1..] {
        let (name, at) = argument.split_once('=').ok_or_else(|| failure("stem listen: NAME=ADDRESS:PORT"))?;
        let listener = listen(at.parse().map_err(|_| failure("stem listen: ADDRESS:PORT"))?)?;
        channel.send_handle(json!({ "listener": name }), listener.as_fd())?;
    }
    channel.send(&json!({ "ready": true }))?;
    wait_for_end(channel);
    Ok(())
}

/// Its end would close the channel, and with it what Node has not read yet.
fn wait_for_end(mut channel: Channel) {
    while channel.receive().is_some() {}
}

fn enter_network_of(pid: &str) -> io::Result<()> {
    const NS_GET_USERNS: u32 = 0xb701;
    let path = format!("/proc/{pid}/ns/net");
    let network: OwnedFd = File::open(&path).doing(&path)?.into();
    if enter_namespace(&network, libc::CLONE_NEWNET).is_ok() {
        return Ok(());
    }
    // for an ordinary user the network belongs to bubblewrap's outer user namespace: only there is the right to enter it
    let owner = check(unsafe { libc::ioctl(network.as_raw_fd(), NS_GET_USERNS as _) }.into(), "owner of the network namespace")?;
    enter_namespace(&unsafe { OwnedFd::from_raw_fd(owner as RawFd) }, libc::CLONE_NEWUSER)?;
    enter_namespace(&network, libc::CLONE_NEWNET)
}

pub fn ranges_of(value: &Value) -> io::Result<Vec<Range>> {
    let address =
        |text: &Value| text.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| failure("a blocked range is not an address"));
    let ranges = value.as_array().map(Vec::as_slice).unwrap_or_default();
    ranges.iter().map(|range| Ok(Range { address: address(&range["address"])?, mask: address(&range["mask"])? })).collect()
}
