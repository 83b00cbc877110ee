// The gate's routes: POST /validate and /mutate for Kubernetes, POST /gatekeeper, and what operators look at. A question
// that cannot be read is refused with its reason; one that cannot be answered in time is answered, since the asker would
// otherwise learn nothing but that it took too long. Where client authorities are set, nobody else asks.
import type { Because, Gate, ImageDecision } from '../../../engines/gate/gate.ts';
import { formatAdmissionReview, parseAdmissionReview } from '../../../formats/kubernetes/admission-review.ts';
import {
  formatProviderFailure,
  formatProviderResponse,
  parseProviderRequest,
} from '../../../formats/kubernetes/provider-request.ts';
import { expositionType, formatMetrics, type Metric } from '../../../formats/metrics/exposition.ts';
import { type ByteStream, collectBytes } from '../../../kit/bytes.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { limits } from '../../../kit/limits.ts';
import type { Log } from '../../../kit/log.ts';
import { httpErrors } from '../errors.ts';
import type { FetchHandler } from '../fetch-bridge.ts';
import { provide } from './gatekeeper.ts';
import { mutate, validate } from './kubernetes.ts';

export interface GateHandlerParts {
  /** The gate by the policy that holds now. */
  readonly gate: () => Gate;
  readonly log: Log;
  /** Only clients whose certificate an authority vouches for may ask; probes may always. */
  readonly isMutual: boolean;
  readonly isDraining: () => boolean;
  /** Of the server around it. */
  readonly metrics: () => readonly Metric[];
  /** `limits.gateAnswerMs` where absent. */
  readonly answerMs?: number;
}

type Door = 'validate' | 'mutate' | 'gatekeeper';

export function createGateHandler(parts: GateHandlerParts): FetchHandler {
  const tally = createTally();
  const ask: Readonly<Record<Door, (bytes: Uint8Array, signal: AbortSignal) => Promise<string>>> = {
    async validate(bytes, signal) {
      const request = parseAdmissionReview(bytes);
      const { answer, decision } = await validate(parts.gate(), request, signal);
      for (const image of decision?.images ?? []) tally.note('validate', image.because);
      const { namespace, name, kind, user, isDryRun } = request;
      tell(parts.log, decision?.images ?? [], { namespace, name, kind, user: user.name, isDryRun });
      return formatAdmissionReview(answer);
    },
    async mutate(bytes, signal) {
      return formatAdmissionReview(await mutate(parts.gate(), parseAdmissionReview(bytes), signal));
    },
    async gatekeeper(bytes, signal) {
      const request = parseProviderRequest(bytes);
      const { items, decisions } = await provide(parts.gate(), request, signal);
      for (const { because } of decisions) tally.note('gatekeeper', because);
      tell(parts.log, decisions, { door: 'gatekeeper' });
      return formatProviderResponse(request.version, items);
    },
  };
  return async (request, _remote, peer) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/healthz') return text(200, 'alive');
    if (pathname === '/readyz') return parts.isDraining() ? text(503, 'ending') : text(200, 'ready');
    if (parts.isMutual && peer?.isVerified !== true)
      return text(403, 'This gate answers only clients with a certificate of an authority that it knows.');
    if (pathname === '/metrics')
      return new Response(formatMetrics([tally.read(), ...parts.metrics()]), {
        headers: { 'content-type': expositionType },
      });
    const door = DOORS[pathname];
    if (door === undefined)
      return text(404, `There is nothing here; there are ${Object.keys(DOORS).join(', ')}.`);
    if (request.method !== 'POST') return text(405, 'Ask with POST.');
    if (!/^application\/json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? ''))
      return text(415, 'The body must be application/json.');
    return answer(door, request, ask[door], parts);
  };
}

const DOORS: Readonly<Record<string, Door>> = Object.freeze(
  Object.assign(Object.create(null), {
    '/validate': 'validate',
    '/mutate': 'mutate',
    '/gatekeeper': 'gatekeeper',
  }),
);

async function answer(
  door: Door,
  request: Request,
  ask: (bytes: Uint8Array, signal: AbortSignal) => Promise<string>,
  { log, answerMs = limits.gateAnswerMs }: GateHandlerParts,
): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(answerMs)]);
  const isProvider = door === 'gatekeeper';
  try {
    const bytes = await collectBytes(
      (request.body ?? []) as ByteStream,
      limits.admissionReviewBytes,
      httpErrors.body_too_large,
    );
    return json(200, await ask(bytes, signal));
  } catch (cause) {
    if (isPlimsollError(cause, { kind: 'limited' })) return text(413, `${cause.message}.`);
    if (isPlimsollError(cause, { kind: 'invalid' }))
      return isProvider
        ? json(400, formatProviderFailure(cause.message))
        : text(400, `${cause.message}. ${cause.hint}`);
    log.error('a question to the gate failed', { door, error: cause });
    return isProvider
      ? json(500, formatProviderFailure('the gate failed; its log says why'))
      : text(500, 'The gate failed; its log says why.');
  }
}

/** What an operator should be able to find again. */
function tell(log: Log, decisions: readonly ImageDecision[], about: Readonly<Record<string, unknown>>): void {
  for (const { because, image, digest, rule, reasons, warnings } of decisions) {
    if (because === 'passed' || because === 'off' || because === 'exempt') continue;
    const fields = {
      ...about,
      image,
      digest,
      rule,
      because,
      reasons: reasons.map(({ sentence }) => sentence),
    };
    if (because === 'break-glass') log.warn('a glass was broken', { ...fields, warnings });
    else log.notice(because === 'denied' ? 'an image was denied' : 'an image was let in unproved', fields);
  }
}

function createTally(): { note(door: Door, because: Because): void; read(): Metric } {
  const counts = new Map<string, number>();
  return {
    note: (door, because) =>
      void counts.set(`${door} ${because}`, (counts.get(`${door} ${because}`) ?? 0) + 1),
    read: () => ({
      name: 'plimsoll_gate_images_total',
      kind: 'counter',
      help: 'Images that the gate was asked about, by door and what became of them.',
      samples: [...counts].map(([key, value]) => {
        const [door = '', because = ''] = key.split(' ');
        return { labels: { door, because }, value };
      }),
    }),
  };
}

function json(status: number, body: string): Response {
  return new Response(body, { status, headers: { 'content-type': 'application/json' } });
}

function text(status: number, body: string): Response {
  return new Response(`${body}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
