// An instance as a part sees it, with real certificates: it lets in by one invitation, renews as the real one does (the
// former key, or the new one again), and says what tests have it say.
import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { createWorkload, type Workload } from '../../../test/world/workload.ts';
import { formatPartProof } from '../../formats/spiffe/part-proof.ts';

export const INVITATION = 'an-invitation';

export interface FakeInstance {
  /** `http://127.0.0.1:PORT`. */
  readonly instance: string;
  readonly host: string;
  readonly workload: Workload;
  /** Names of what was asked, newest last. */
  readonly asked: ('join' | 'renew')[];
  /** The lifetime of what it gives, and from when; `now` is the test's. */
  lifeMs: number;
  /** What becomes of an answer before it is sent. */
  mend: (answer: Record<string, unknown>) => Record<string, unknown>;
  /** Where it is set, this is said instead of any answer. */
  refusal: { readonly status: number; readonly body: string } | undefined;
  /** Answers so many times by cutting the connection, after it has done what was asked. */
  losses: number;
  /** Answers wait for it. */
  gate: Promise<unknown>;
}

interface Body {
  readonly invitation: string;
  readonly certificate: string;
  readonly publicKey: string;
  readonly proof: string;
  readonly formerProof: string;
}

export async function startInstance(t: TestContext, now: () => number): Promise<FakeInstance> {
  const workload = createWorkload('images.example.org');
  let current = '';
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakeInstance = {
    instance: `http://${host}`,
    host,
    workload,
    asked: [],
    lifeMs: 3_600_000,
    mend: (one) => one,
    refusal: undefined,
    losses: 0,
    gate: Promise.resolve(),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Body;
    const kind = request.url === '/api/v1/parts/join' ? 'join' : 'renew';
    fake.asked.push(kind);
    await fake.gate;
    const refused = fake.refusal ?? judge(kind, body);
    if (refused !== undefined) return void response.writeHead(refused.status).end(refused.body);
    if (fake.losses > 0) {
      fake.losses -= 1;
      return void request.socket.destroy();
    }
    const publicKey = Buffer.from(body.publicKey, 'base64');
    const [notBeforeMs, notAfterMs] = [now() - 60_000, now() + fake.lifeMs];
    const spiffeId = 'spiffe://images.example.org/gate/prod';
    const { certificate } = workload.issue({ uris: [spiffeId], publicKey, notBeforeMs, notAfterMs });
    const said = fake.mend({
      part: 'gate/prod',
      host,
      trustDomain: 'images.example.org',
      spiffeId,
      serverId: 'spiffe://images.example.org/instance',
      address: 'https://127.0.0.1:1',
      certificate,
      authorities: [workload.certificate],
      notBefore: new Date(notBeforeMs).toISOString(),
      notAfter: new Date(notAfterMs).toISOString(),
      renewAfter: new Date(now() + fake.lifeMs / 2).toISOString(),
    });
    response.end(JSON.stringify(said));
  }

  function judge(kind: 'join' | 'renew', body: Body): FakeInstance['refusal'] {
    const publicKey = Buffer.from(body.publicKey, 'base64');
    const isJoin = kind === 'join';
    const right = Buffer.from(isJoin ? body.invitation : body.certificate, isJoin ? 'utf8' : 'base64');
    const text = formatPartProof({ host, right, publicKey });
    const proves = (key: KeyObject, proof: string) =>
      verify('sha256', text, key, Buffer.from(proof, 'base64'));
    const own = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
    if (!proves(own, body.proof)) return problem(401, 'parts.proof_wrong', 'no proof of the new key');
    if (isJoin && body.invitation !== INVITATION)
      return problem(401, 'parts.invitation_wrong', 'this is no invitation');
    if (!isJoin) {
      const former = new X509Certificate(right).publicKey;
      if (!proves(former, body.formerProof))
        return problem(401, 'parts.proof_wrong', 'no proof of the former key');
      const isKnown = [idOf(former.export({ format: 'der', type: 'spki' })), idOf(publicKey)].includes(
        current,
      );
      if (!isKnown) return problem(403, 'parts.holder_superseded', 'somebody else has renewed it');
    }
    current = idOf(publicKey);
    return undefined;
  }

  return fake;
}

export function problem(status: number, code: string, detail: string): { status: number; body: string } {
  return { status, body: JSON.stringify({ code, detail, status }) };
}

function idOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex');
}
