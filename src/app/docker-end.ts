// The end of docker is the end of its plugin (docker/cli, cli-plugins/socket): docker listens on a socket that it
// names in a variable and closes when it is told to stop; without a terminal it sends the plugin no signal.
import { connect } from 'node:net';
import type { Environment } from './config.ts';

/** Calls `end` once docker closes the socket. Keeps no process alive; a socket that cannot be opened is nothing. */
export function listenForDockersEnd(env: Environment, end: () => void): void {
  const address = env.DOCKER_CLI_PLUGIN_SOCKET;
  if (!address) return;
  // Go writes the zero byte of Linux's abstract sockets as @.
  const socket = connect(address.replace(/^@/, '\0'));
  socket.unref();
  socket.on('error', () => {});
  socket.once('connect', () => {
    socket.once('end', end);
    socket.resume();
  });
}
