// notation's own program with a configuration of its own, and a small client of the registry beside it.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NotationSignature } from '../../src/engines/notation/sign.ts';
import type { Certificate } from '../../src/formats/notation/certificate.ts';
import { emptyConfig, signatureType } from '../../src/formats/notation/signature-manifest.ts';
import type { Descriptor } from '../../src/formats/oci/descriptor.ts';
import { digestOf } from '../../src/formats/oci/digest.ts';
import { password, type Ran, type RunningProduct, runAsync } from './world.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export type Client = ReturnType<typeof createClient>;

/** What the test pushes and fetches itself. */
export function createClient(product: RunningProduct) {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const send = async (method: string, path: string, body?: Uint8Array, type = 'application/octet-stream') => {
    const answer = await fetch(`${product.url}/v2/${path}`, {
      method,
      headers: { authorization, accept: MANIFEST, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return new Uint8Array(await answer.arrayBuffer());
  };
  const pushBlob = (repository: string, bytes: Uint8Array) =>
    send('POST', `${repository}/blobs/uploads/?digest=${digestOf(bytes)}`, bytes);
  const pushManifest = async (repository: string, bytes: Uint8Array): Promise<Descriptor> => {
    await send('PUT', `${repository}/manifests/${digestOf(bytes)}`, bytes, MANIFEST);
    return { mediaType: MANIFEST, digest: digestOf(bytes), sizeBytes: bytes.byteLength };
  };
  return {
    host: product.host,
    fetchBlob: (repository: string, digest: string) => send('GET', `${repository}/blobs/${digest}`),
    fetchManifest: (repository: string, digest: string) => send('GET', `${repository}/manifests/${digest}`),
    async pushImage(repository: string): Promise<Descriptor> {
      const layer = randomBytes(64);
      await pushBlob(repository, layer);
      await pushBlob(repository, emptyConfig.bytes);
      const describe = (mediaType: string, bytes: Uint8Array) => ({
        mediaType,
        digest: digestOf(bytes),
        size: bytes.byteLength,
      });
      const manifest = {
        schemaVersion: 2,
        mediaType: MANIFEST,
        artifactType: 'application/vnd.example.thing',
        config: describe(emptyConfig.mediaType, emptyConfig.bytes),
        layers: [describe('application/octet-stream', layer)],
      };
      return pushManifest(repository, Buffer.from(JSON.stringify(manifest)));
    },
    async pushSignature(
      repository: string,
      { envelope, manifest }: Pick<NotationSignature, 'envelope' | 'manifest'>,
    ): Promise<void> {
      await pushBlob(repository, emptyConfig.bytes);
      await pushBlob(repository, envelope);
      await pushManifest(repository, manifest);
    },
    async signatures(repository: string, image: Descriptor): Promise<readonly string[]> {
      const query = `?artifactType=${encodeURIComponent(signatureType)}`;
      const bytes = await send('GET', `${repository}/referrers/${image.digest}${query}`);
      const { manifests } = JSON.parse(Buffer.from(bytes).toString()) as { manifests: { digest: string }[] };
      return manifests.map(({ digest }) => digest);
    },
  };
}

/** The real program with a configuration of its own. */
export function createNotation(home: string, registry: Client) {
  const at = join(home, 'notation');
  mkdirSync(at, { recursive: true });
  const env = { XDG_CONFIG_HOME: home, HOME: home, NOTATION_USERNAME: 'admin', NOTATION_PASSWORD: password };
  const store = (kind: string, certificates: readonly Certificate[]) => {
    rmSync(join(at, 'truststore/x509', kind), { recursive: true, force: true });
    mkdirSync(join(at, 'truststore/x509', kind, 'own'), { recursive: true });
    for (const [index, certificate] of certificates.entries())
      writeFileSync(join(at, 'truststore/x509', kind, `own/${index}.pem`), pemOf(certificate));
  };
  return {
    home: at,
    env,
    trust(
      certificates: readonly Certificate[],
      identity: string,
      tsa: readonly Certificate[] = [],
      kind = 'ca',
    ): void {
      store(kind, certificates);
      if (tsa.length > 0) store('tsa', tsa);
      const statement = {
        name: 'own',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: [`${kind}:own`, ...(tsa.length > 0 ? ['tsa:own'] : [])],
        trustedIdentities: [identity === '*' ? '*' : `x509.subject: ${identity}`],
      };
      writeFileSync(
        join(at, 'trustpolicy.json'),
        JSON.stringify({ version: '1.0', trustPolicies: [statement] }),
      );
    },
    policy: () => readFileSync(join(at, 'trustpolicy.json')),
    run: (words: readonly string[], repository: string, image: Descriptor): Promise<Ran> =>
      runAsync(
        'notation',
        [...words, '--insecure-registry', `${registry.host}/${repository}@${image.digest}`],
        env,
      ),
  };
}

function pemOf({ handle }: Certificate): string {
  return handle.toString();
}
