// signing_config.json read (protobuf-specs, SigningConfig versions 0.1 and 0.2), and which of its services a client
// asks: those that are valid now and speak a version that is known, the newest version first, and of several of one
// operator only one (the selector counts operators).
import { decodeUtf8 } from '../../kit/bytes.ts';
import { parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { sigstoreErrors } from './errors.ts';
import { type FieldReader, readFields } from './field.ts';
import { signingConfigMediaType } from './signing-config.ts';

/** Where to sign; each list as long as the configuration wants it, empty where it names no such service. */
export interface SigningPlaces {
  readonly certificateAuthority?: string;
  /** Whose tokens the authority takes. */
  readonly identityProvider?: string;
  readonly logs: readonly LogPlace[];
  /** Whole addresses that requests are posted to. */
  readonly timestampAuthorities: readonly string[];
}

export interface LogPlace {
  readonly url: string;
  /** 1: Rekor with promises; 2: a log of tiles. */
  readonly version: 1 | 2;
}

interface Service {
  readonly url: string;
  readonly version: number;
  readonly operator: string;
}

const MEDIA_TYPES: readonly string[] = [
  signingConfigMediaType,
  'application/vnd.dev.sigstore.signingconfig.v0.1+json',
];

/** `sigstore.config_invalid`; also where a number of services is wanted that the configuration does not have. */
export function parseSigningConfig(bytes: Uint8Array, nowMs: number): SigningPlaces {
  const refuse = sigstoreErrors.config_invalid;
  if (bytes.byteLength > limits.signingConfigBytes)
    throw refuse(`the signing configuration is larger than ${limits.signingConfigBytes} bytes`);
  const root = readFields(parseJson(decodeUtf8(bytes) ?? ''), '', refuse);
  const mediaType = root.text('mediaType', 200) ?? '';
  if (!MEDIA_TYPES.includes(mediaType)) throw root.fail('mediaType', `must be ${MEDIA_TYPES[0]}`);
  if (mediaType !== signingConfigMediaType)
    throw root.fail('mediaType', 'is of version 0.1; one of version 0.2 is needed');
  const usable = (name: string, versions: readonly number[]): readonly Service[] =>
    root
      .list(name, limits.signingServices)
      .flatMap((one) => readService(one, nowMs))
      .filter(({ version }) => versions.includes(version))
      .toSorted((one, other) => other.version - one.version);
  const [authority] = usable('caUrls', [1]);
  const [provider] = usable('oidcUrls', [1]);
  const logs = select(root, 'rekorTlogConfig', usable('rekorTlogUrls', [1, 2]));
  const stampers = select(root, 'tsaConfig', usable('tsaUrls', [1]));
  return {
    ...(authority === undefined ? {} : { certificateAuthority: authority.url }),
    ...(provider === undefined ? {} : { identityProvider: provider.url }),
    logs: logs.map(({ url, version }) => ({ url, version: version === 1 ? 1 : 2 })),
    timestampAuthorities: stampers.map(({ url }) => url),
  };
}

function readService(service: FieldReader, nowMs: number): readonly Service[] {
  const url = service.text('url', limits.uriChars) ?? '';
  const parsed = URL.parse(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol))
    throw service.fail('url', 'is not an address of http or https');
  const valid = service.member('validFor');
  const start = valid?.time('start');
  const end = valid?.time('end');
  if (start === undefined) throw service.fail('validFor.start', 'is missing');
  if (start.getTime() > nowMs || (end !== undefined && end.getTime() < nowMs)) return [];
  const version = service.count('majorApiVersion') ?? 0;
  return [{ url: url.replace(/\/+$/, ''), version, operator: service.text('operator', 1_000) ?? url }];
}

/** Of each operator the first, which is the newest version. */
function select(root: FieldReader, name: string, services: readonly Service[]): readonly Service[] {
  const seen = new Set<string>();
  const different = services.filter(({ operator }) => !seen.has(operator) && seen.add(operator));
  const config = root.member(name);
  const selector = config?.text('selector', 100) ?? 'ANY';
  if (selector === 'ALL') return different;
  if (selector === 'ANY') return different.slice(0, 1);
  const count = config?.count('count') ?? 0;
  if (selector !== 'EXACT' || count === 0) throw root.fail(name, 'is not ALL, ANY, or EXACT with a count');
  if (different.length < count)
    throw root.fail(name, `wants ${count} operators, and the configuration has ${different.length} now`);
  return different.slice(0, count);
}
