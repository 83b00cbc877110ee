// Which hosts are this machine itself: there, plain http is as private as https, as docker has it too.
// Decided by the spelling alone; a name that merely resolves to 127.0.0.1 today does not count.

/** Whether a URL's hostname (`[::1]` or `::1`, `127.0.0.1`, `localhost`) is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name);
}
