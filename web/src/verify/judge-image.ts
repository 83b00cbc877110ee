// All that hangs on an image, judged in this browser: each signature and statement with its checks, and the answer in
// one sentence. Every byte the server gave is held against its digest; what is signed speaks for itself, so a server
// can keep things back and can make up none. Which root the answer stands on is part of it.
import {
  type BuildRecord,
  isBuildRecord,
  readBuildRecord,
} from '../../../src/engines/attest/build-record.ts';
import { parseStatement, type Statement } from '../../../src/engines/attest/statement.ts';
import type { Outcome } from '../../../src/engines/verify/check.ts';
import { signaturePredicateType, tagPredicateType } from '../../../src/engines/verify/expectation.ts';
import type { Signer } from '../../../src/engines/verify/signer.ts';
import type { Descriptor } from '../../../src/formats/oci/descriptor.ts';
import { type Digest, parseDigest } from '../../../src/formats/oci/digest.ts';
import type { ImageManifest, Manifest } from '../../../src/formats/oci/manifest.ts';
import type { Bundle } from '../../../src/formats/sigstore/bundle.ts';
import { isPlimsollError } from '../../../src/kit/error.ts';
import type { JsonObject } from '../../../src/kit/json.ts';
import { checkBytes, type Evidence, EvidenceFault, readManifest } from './evidence.ts';
import {
  type JudgedBundle,
  type JudgingTrust,
  judgeBundle,
  onlyUnknown,
  predicateTypeOf,
  type ShownCheck,
} from './judge-bundle.ts';
import type * as notationJudge from './judge-notation.ts';
import { type Layer, readBundles } from './layer-bundles.ts';
import { linkAttestation } from './link-attestation.ts';
import type { OpenTrust } from './open-trust.ts';
import { findTakenBack, type ImagePlace, listTaken, type ShownTaken } from './taken-back.ts';

export interface JudgedItem {
  /** Of the manifest and its layer; unlike any other. */
  readonly key: string;
  /** A signature says that it is this image; a statement something about it; of `other` nothing is known. */
  readonly kind: 'signature' | 'tag' | 'statement' | 'other';
  readonly isSigned: boolean;
  readonly manifest: string;
  readonly about: 'image' | 'index' | 'attestation manifest';
  readonly outcome: Outcome;
  readonly checks: readonly ShownCheck[];
  readonly predicateType?: string;
  readonly artifactType?: string;
  readonly signer?: Signer;
  readonly signedAt?: Date;
  /** Where it says how the image was built. */
  readonly build?: BuildRecord;
  /** Of a Notary Project signature: as whom its signer is expected. */
  readonly subject?: string;
}

export interface JudgedImage {
  readonly items: readonly JudgedItem[];
  /** What was taken back, and what may have been. */
  readonly taken: readonly ShownTaken[];
  readonly unknowns: readonly { readonly where: string; readonly why: string }[];
}

const NOTATION = 'application/vnd.cncf.notary.signature';

/** `EvidenceFault` where the root is not the digest that was asked for; what else cannot be read is an unknown. */
export function judgeImage(
  evidence: Evidence,
  digest: string,
  given: OpenTrust,
  instance: ImagePlace,
  notation?: NotationJudge,
): JudgedImage {
  const unknowns = [...evidence.unknowns, ...given.unread];
  const place = openPlace(evidence, digest);
  const takenBack = findTakenBack(instance, listStatements(evidence, place, notation), given);
  const trust = { ...given, takenBack };
  const items: JudgedItem[] = [];
  for (const one of evidence.attached) {
    try {
      items.push(...(judgeNotary(one, place, trust, notation) ?? judgeManifest(one, place, trust)));
    } catch (error) {
      if (!isPlimsollError(error) && !(error instanceof EvidenceFault)) throw error;
      unknowns.push({ where: one.manifest.digest, why: error.message });
    }
  }
  return {
    items: items.map((item) => linkAttestation(item, evidence, place.image, items)),
    taken: listTaken(takenBack, [place.root, place.image]),
    unknowns,
  };
}

/** What may take something back, and whose signers that may be about; what cannot be read is told with its item. */
function listStatements(
  { attached }: Evidence,
  { root, image }: Place,
  notation: NotationJudge | undefined,
): Parameters<typeof findTakenBack>[1] {
  const found = attached.flatMap((one) =>
    readAttached(one).map((bundle) => ({ subject: one.subject, bundle })),
  );
  const on = (digest: Digest) => ({
    digest,
    bundles: found.flatMap(({ subject, bundle }) => (subject === digest ? [bundle] : [])),
  });
  return {
    hanging: root === image ? [on(root)] : [on(root), on(image)],
    beside: found.flatMap(({ subject, bundle }) => (subject === root || subject === image ? [] : [bundle])),
    signers: notation === undefined ? [] : attached.flatMap((one) => readNotarySigner(one, notation)),
  };
}

function readNotarySigner(one: Evidence['attached'][number], notation: NotationJudge): readonly Signer[] {
  if (!hasNotation({ attached: [one] })) return [];
  return readLayers(one).flatMap(
    ({ bytes, mediaType }) => notation.readNotationSigner(bytes, mediaType) ?? [],
  );
}

/** What cannot be read is told with its item. */
function readAttached(one: Evidence['attached'][number]): readonly Bundle[] {
  return readLayers(one).flatMap((layer) => skipUnread(() => readBundles(layer) ?? []));
}

function readLayers(one: Evidence['attached'][number]): readonly Layer[] {
  return skipUnread(() => {
    const manifest = readManifest(one.manifest);
    return (manifest.kind === 'image' ? manifest.layers : []).flatMap((layer) => {
      const { mediaType, digest, annotations = {} } = layer;
      const blob = one.blobs.find((other) => other.digest === digest);
      if (blob === undefined) return [];
      checkBytes(blob.digest, blob.bytes);
      return [{ mediaType, annotations, bytes: blob.bytes }];
    });
  });
}

function skipUnread<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (!isPlimsollError(error) && !(error instanceof EvidenceFault)) throw error;
    return [];
  }
}

/** Whether something hangs there that wants the judge of Notary Project signatures. */
export function hasNotation({ attached }: Pick<Evidence, 'attached'>): boolean {
  return attached.some((one) => skipUnread(() => [isNotation(readManifest(one.manifest))]).includes(true));
}

function isNotation(manifest: Manifest): boolean {
  return manifest.kind === 'image' && (manifest.artifactType ?? manifest.config.mediaType) === NOTATION;
}

/** Undefined of what is none. A signature of the Notary Project is one layer: anything else is not what it says. */
function judgeNotary(
  { manifest: raw, subject, blobs }: Evidence['attached'][number],
  { subjects, targets }: Place,
  { notary, takenBack, now }: JudgingTrust,
  notation: NotationJudge | undefined,
): readonly JudgedItem[] | undefined {
  const manifest = readManifest(raw);
  if (manifest.kind !== 'image' || !isNotation(manifest)) return undefined;
  const [target, about] = [targets.get(subject), subjects.get(subject)];
  if (about === undefined)
    throw new EvidenceFault(`${raw.digest} hangs on ${subject}, which is no part of this image`);
  const item = {
    key: raw.digest,
    manifest: raw.digest,
    about,
    kind: 'signature',
    isSigned: true,
    artifactType: NOTATION,
  } as const;
  const [layer, ...more] = manifest.layers;
  const blob = blobs.find(({ digest }) => digest === layer?.digest);
  if (layer === undefined || blob === undefined || more.length > 0 || target === undefined)
    return [{ ...item, ...onlyUnknown('format', 'Its one envelope is not there to be judged.') }];
  checkBytes(blob.digest, blob.bytes);
  if (notation === undefined)
    return [
      { ...item, ...onlyUnknown('format', 'The part of this page that judges it could not be fetched.') },
    ];
  const signature = { envelope: blob.bytes, mediaType: layer.mediaType, target };
  return [{ ...item, ...notation.judgeNotation(signature, notary, takenBack, now) }];
}

/** judge-notation.ts, which is fetched where it is needed. */
export type NotationJudge = Pick<typeof notationJudge, 'judgeNotation' | 'readNotationSigner'>;

interface Place {
  readonly root: Digest;
  readonly image: Digest;
  /** What signatures may be about: the index, the platform's image, and manifests that the index has for it. */
  readonly subjects: ReadonlyMap<string, JudgedItem['about']>;
  /** The same as what is signed names them. */
  readonly targets: ReadonlyMap<string, Descriptor>;
}

function openPlace({ root, imageDigest, attached }: Evidence, digest: string): Place {
  const index = readManifest(root);
  if (root.digest !== digest)
    throw new EvidenceFault(`the server gave ${root.digest} where ${digest} was asked for`);
  const image = parseDigest(imageDigest);
  const listed = index.kind === 'index' ? index.manifests.map((child) => child.digest) : [root.digest];
  if (!listed.includes(image)) throw new EvidenceFault(`${imageDigest} is not in the index ${root.digest}`);
  const subjects = new Map<string, JudgedItem['about']>([
    [root.digest, index.kind === 'index' ? 'index' : 'image'],
    [imageDigest, 'image'],
  ]);
  for (const { via, manifest } of attached)
    if (via === 'index' && listed.includes(parseDigest(manifest.digest)))
      subjects.set(manifest.digest, 'attestation manifest');
  const own = {
    mediaType: root.mediaType,
    digest: parseDigest(root.digest),
    sizeBytes: root.bytes.byteLength,
  };
  const below = index.kind === 'index' ? index.manifests : [];
  const targets = new Map<string, Descriptor>([own, ...below].map((one) => [one.digest, one]));
  return { root: own.digest, image, subjects, targets };
}

function judgeManifest(
  one: Evidence['attached'][number],
  place: Place,
  trust: JudgingTrust,
): readonly JudgedItem[] {
  const manifest = readManifest(one.manifest);
  if (manifest.kind !== 'image') return [];
  const about = place.subjects.get(one.via === 'index' ? one.manifest.digest : one.subject);
  if (about === undefined)
    throw new EvidenceFault(`${one.manifest.digest} hangs on ${one.subject}, which is no part of this image`);
  const items = manifest.layers.flatMap((layer, at): readonly JudgedItem[] => {
    const blob = one.blobs.find(({ digest }) => digest === layer.digest);
    if (blob === undefined) return [];
    checkBytes(blob.digest, blob.bytes);
    const seat = { key: `${one.manifest.digest} ${at}`, manifest: one.manifest.digest, about };
    return judgeLayer(
      { mediaType: layer.mediaType, annotations: layer.annotations ?? {}, bytes: blob.bytes },
      seat,
      {
        subject: parseDigest(one.subject),
        trust,
      },
    );
  });
  return items.length > 0 ? items : [nameOther(one, manifest, about)];
}

type Seat = Pick<JudgedItem, 'key' | 'manifest' | 'about'>;

function judgeLayer(
  layer: Layer,
  seat: Seat,
  { subject, trust }: { readonly subject: Digest; readonly trust: JudgingTrust },
): readonly JudgedItem[] {
  try {
    const bundles = readBundles(layer);
    if (bundles === undefined) return [showUnsigned(seat, layer.bytes)];
    if (bundles.length === 1) return [show(seat, bundles[0] as Bundle, subject, trust)];
    return bundles.map((bundle, at) => show({ ...seat, key: `${seat.key} ${at}` }, bundle, subject, trust));
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    const check: ShownCheck = {
      code: 'format',
      outcome: 'failed',
      sentence: `It cannot be read: ${error.message}.`,
    };
    return [{ ...seat, kind: 'other', isSigned: false, outcome: 'failed', checks: [check] }];
  }
}

function show(seat: Seat, bundle: Bundle, subject: Digest, trust: JudgingTrust): JudgedItem {
  const judged = judgeBundle(bundle, subject, trust);
  const type = predicateTypeOf(bundle);
  const statement = judged.verification?.statement ?? readPayload(bundle);
  return {
    ...seat,
    kind:
      type === undefined || type === signaturePredicateType
        ? 'signature'
        : type === tagPredicateType
          ? 'tag'
          : 'statement',
    isSigned: true,
    ...factsOf(judged),
    ...(type === undefined ? {} : { predicateType: type }),
    ...(statement === undefined ? {} : buildOf(statement)),
  };
}

function factsOf({
  checks,
  outcome,
  verification,
}: JudgedBundle): Pick<JudgedItem, 'checks' | 'outcome' | 'signer' | 'signedAt'> {
  const { signer, signedAt } = verification ?? {};
  return {
    checks,
    outcome,
    ...(signer === undefined ? {} : { signer }),
    ...(signedAt === undefined ? {} : { signedAt }),
  };
}

/** What is claimed, where nothing could be proven of it. */
function readPayload({ content }: Bundle): Statement | undefined {
  try {
    return content.kind === 'envelope' ? parseStatement(content.payload) : undefined;
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return undefined;
  }
}

function buildOf(statement: {
  readonly predicateType: string;
  readonly predicate: JsonObject;
}): Pick<JudgedItem, 'build'> {
  if (!isBuildRecord(statement)) return {};
  try {
    return { build: readBuildRecord(statement) };
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return {};
  }
}

/** A bare statement: BuildKit's, or anybody's who may write to the repository. */
function showUnsigned(seat: Seat, bytes: Uint8Array): JudgedItem {
  const statement = parseStatement(bytes);
  const nobody = onlyUnknown(
    'signature',
    'Nobody signed it: whoever could write to the repository could have put it there.',
  );
  return {
    ...seat,
    kind: 'statement',
    isSigned: false,
    ...nobody,
    predicateType: statement.predicateType,
    ...buildOf(statement),
  };
}

function nameOther(
  { manifest }: Evidence['attached'][number],
  { artifactType, config }: ImageManifest,
  about: JudgedItem['about'],
): JudgedItem {
  const type = artifactType ?? config.mediaType;
  return {
    key: manifest.digest,
    manifest: manifest.digest,
    about,
    kind: 'other',
    isSigned: false,
    artifactType: type,
    ...onlyUnknown('signature', 'Nothing here proves who made it.'),
  };
}
