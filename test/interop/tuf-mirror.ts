// A repository of trust behind HTTP, as an instance serves it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Repository } from '../../src/engines/tuf/repository.fixture.ts';

export interface Mirror extends AsyncDisposable {
  readonly url: string;
  /** Bytes in place of what the repository has. */
  readonly instead: Map<string, Uint8Array>;
}

export async function startMirror({ publisher }: Repository): Promise<Mirror> {
  const instead = new Map<string, Uint8Array>();
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').replace('/trust/tuf/', '');
    const bytes = instead.get(path) ?? (await publisher.read(path));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/trust/tuf`,
    instead,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
