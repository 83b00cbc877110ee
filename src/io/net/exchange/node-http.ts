// Node's own http and https for the client. Not by import statements: one reads every name that the module exports,
// and `WebSocket` among them loads a second HTTP client (a third of what a command takes to start). https brings TLS,
// which a registry on this machine does not need.
import type nodeHttp from 'node:http';
import type nodeHttps from 'node:https';
import type nodeTls from 'node:tls';

export function loadHttp(): typeof nodeHttp {
  return process.getBuiltinModule('node:http');
}

export function loadHttps(): typeof nodeHttps {
  return process.getBuiltinModule('node:https');
}

export function loadTls(): typeof nodeTls {
  return process.getBuiltinModule('node:tls');
}
