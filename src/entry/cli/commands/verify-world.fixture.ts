// A world of the command with an image, signatures and statements that hang on it, and an index of platforms.
import assert from 'node:assert/strict';
import {
  createTrustWorld,
  identity,
  issuer,
  now,
  type SignOptions,
} from '../../../engines/verify/trust-world.fixture.ts';
import { formatDescriptor } from '../../../formats/oci/descriptor.ts';
import { mediaTypes } from '../../../formats/oci/media-type.ts';
import { bundleMediaTypes } from '../../../formats/sigstore/bundle.ts';
import { addBlob, addManifest } from '../../../io/images/fixture-image.ts';
import type { RawManifest } from '../../../io/images/source.ts';
import { addDebianImage, createFakeWorld, type Ended, type FakeWorld } from '../world.fixture.ts';
import type { CliWorld } from '../world.ts';

export const NAME = 'images.example.org/acme/app';
export const IMAGE = `${NAME}:v1`;
export const PROVENANCE = 'https://slsa.dev/provenance/v1';
export const ATTESTATION = 'application/vnd.docker.attestation.manifest.v1+json';
export const WHO = ['--certificate-identity', identity, '--certificate-oidc-issuer', issuer];
export const ROOT = ['--trusted-root', 'root.json'];
export const trust = createTrustWorld();

export interface VerifyWorld extends FakeWorld {
  readonly image: RawManifest;
  /** Hangs a bundle on a manifest, as cosign does. */
  hang(subject: RawManifest, bundle: unknown, artifactType?: string): RawManifest;
  sign(subject: RawManifest, options?: SignOptions): RawManifest;
  verify(...argv: readonly string[]): Promise<Ended>;
}

export function makeWorld(own: Partial<CliWorld> = {}): VerifyWorld {
  const fake = createFakeWorld({
    stdout: { columns: 400 },
    world: { clock: { now: () => now.getTime() }, ...own },
  });
  const { place, files, run } = fake;
  files.set('root.json', JSON.stringify(trust.rootJson));
  const image = addDebianImage(place, IMAGE);
  const hang = (subject: RawManifest, bundle: unknown, artifactType = bundleMediaTypes.v03): RawManifest =>
    addManifest(place, {
      mediaType: mediaTypes.ociManifest,
      artifactType,
      config: formatDescriptor(addBlob(place, Buffer.from('{}'), mediaTypes.ociEmpty)),
      layers: [
        formatDescriptor(
          addBlob(
            place,
            Buffer.from(typeof bundle === 'string' ? bundle : JSON.stringify(bundle)),
            bundleMediaTypes.v03,
          ),
        ),
      ],
      subject: formatDescriptor(subject.descriptor),
    });
  return {
    ...fake,
    image,
    hang,
    sign: (subject, options) => hang(subject, trust.sign({ subject: subject.descriptor.digest, ...options })),
    verify: (...argv) => run('verify', IMAGE, ...argv),
  };
}

/** What was answered as JSON: exit code, and codes of what did not pass, demand by demand. */
export async function judge(world: VerifyWorld, ...argv: readonly string[]) {
  const ended = await world.verify(...argv, '--output', 'json');
  if (ended.stdout === '') return { exitCode: ended.exitCode, faults: [ended.stderr], answer: undefined };
  const answer = JSON.parse(ended.stdout);
  const faults = answer.demands.flatMap(
    (demand: { signatures: { checks: { code: string; outcome: string }[] }[] }) =>
      demand.signatures.flatMap(({ checks }) =>
        checks.flatMap(({ code, outcome }) => (outcome === 'passed' ? [] : [`${code} ${outcome}`])),
      ),
  );
  return { exitCode: ended.exitCode, faults: faults as readonly string[], answer };
}

export async function refuses(world: VerifyWorld, faults: readonly string[], ...argv: readonly string[]) {
  const found = await judge(world, ...argv);
  assert.deepEqual([found.exitCode, found.faults], [2, faults]);
  return found.answer;
}

interface IndexWorld extends VerifyWorld {
  readonly index: RawManifest;
  readonly amd64: RawManifest;
  readonly attestation: RawManifest;
}

/** An index of two platforms with an attestation manifest of the first, as BuildKit makes it. */
export function makeIndex(
  t: { about?: (amd64: RawManifest, arm64: RawManifest) => string; isOld?: boolean } = {},
): IndexWorld {
  const world = makeWorld();
  const { place } = world;
  const amd64 = world.image;
  const arm64 = addDebianImage(place, `${NAME}:arm64`, 'arm64');
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    subject: [
      {
        name: 'pkg:docker/app',
        digest: { sha256: (t.about?.(amd64, arm64) ?? amd64.descriptor.digest).slice(7) },
      },
    ],
    predicateType: PROVENANCE,
    predicate: {
      buildDefinition: { buildType: 'https://mobyproject.org/buildkit@v1', externalParameters: {} },
      runDetails: { builder: { id: 'https://builder.example.org' } },
    },
  };
  const layer = addBlob(place, Buffer.from(JSON.stringify(statement)), 'application/vnd.in-toto+json');
  const attestation = addManifest(place, {
    mediaType: mediaTypes.ociManifest,
    ...(t.isOld === true ? {} : { artifactType: ATTESTATION, subject: formatDescriptor(amd64.descriptor) }),
    config: formatDescriptor(
      addBlob(place, Buffer.from('{}'), t.isOld === true ? mediaTypes.ociConfig : mediaTypes.ociEmpty),
    ),
    layers: [formatDescriptor(layer)],
  });
  const index = addManifest(place, {
    mediaType: mediaTypes.ociIndex,
    manifests: [
      formatDescriptor({ ...amd64.descriptor, platform: { os: 'linux', architecture: 'amd64' } }),
      formatDescriptor({ ...arm64.descriptor, platform: { os: 'linux', architecture: 'arm64' } }),
      formatDescriptor({
        ...attestation.descriptor,
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': amd64.descriptor.digest,
        },
      }),
    ],
  });
  place.tags.set(IMAGE, index.descriptor.digest);
  return { ...world, index, amd64, attestation };
}
