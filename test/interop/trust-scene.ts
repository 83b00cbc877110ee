// The scene of the trust matrix: the product with its own trust, a second product, Debian's docker-registry between
// them, a login and a key that every client has, and each client as one line.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../house.ts';
import { startPlainRegistry } from './plain-registry.ts';
import { type Scene, writeScene } from './sign-scene.ts';
import { absentTools, password, type Ran, runAsync, startProduct } from './world.ts';

/** cosign 2.6, where somebody put it: PLIMSOLL_TEST_COSIGN_26 names the program, else it is `cosign-2.6`. */
export const cosign26 = process.env.PLIMSOLL_TEST_COSIGN_26 ?? 'cosign-2.6';

/** Debian has 2.5.0 at most, which knows no bundles offline. */
export const missingCosign26 =
  process.env.PLIMSOLL_TEST_COSIGN_26 === undefined ? absentTools('cosign-2.6') : undefined;

/** As which every client signs. */
export const account = 'admin@127.0.0.1';

export type Program = (args: readonly string[], status?: number) => Promise<Ran>;

export interface TrustScene extends AsyncDisposable {
  readonly image: Scene;
  /** Where everything is signed. */
  readonly host: string;
  /** No referrers API. */
  readonly between: string;
  /** Where it comes back to. */
  readonly back: string;
  at(name: string): string;
  readonly plimsoll: Program;
  readonly run: (program: string, args: readonly string[], status?: number) => Promise<Ran>;
  /** An identity token of the login, for clients that want one. */
  token(): Promise<string>;
  /** Who signed as the login. */
  readonly who: readonly string[];
  readonly trusted: readonly string[];
  /** The JSON of a registry that wants a login or none. */
  read<T>(host: string, path: string): Promise<T>;
}

export async function createTrustScene(folder: string): Promise<TrustScene> {
  await using opened = new AsyncDisposableStack();
  const at = (name: string): string => join(folder, name);
  const args = ['--advisories-refresh', 'off', '--marks', 'off'];
  const product = opened.use(await startProduct(at('data'), { args }));
  const second = opened.use(await startProduct(at('second'), { args }));
  const between = opened.use(await startPlainRegistry(folder));
  const auth = Buffer.from(`admin:${password}`).toString('base64');
  mkdirSync(at('docker'));
  writeFileSync(
    at('docker/config.json'),
    JSON.stringify({ auths: { [product.host]: { auth }, [second.host]: { auth } } }),
  );
  const environment = {
    HOME: folder,
    DOCKER_CONFIG: at('docker'),
    REGISTRY_AUTH_FILE: at('docker/config.json'),
    COSIGN_PASSWORD: 'a passphrase',
    // They must need nobody else.
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
  const authorization = `Basic ${auth}`;
  const fetchFrom = async (url: string, more: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(url, { ...more, headers: { authorization } });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  for (const name of ['trusted_root.json', 'signing_config.json'])
    writeFileSync(at(name), await (await fetchFrom(`${product.url}/trust/${name}`)).text());
  const run: TrustScene['run'] = (program, words, status) => runAsync(program, words, environment, status);
  const plimsoll: Program = (words, status) =>
    run(process.execPath, [join(root, 'bin/plimsoll.js'), ...words], status);
  for (const name of ['ours', 'theirs']) {
    const made = await plimsoll(['key', 'generate', '--output', at(`${name}.key`), '--format', 'cosign']);
    writeFileSync(at(`${name}.pub`), made.stdout);
  }
  writeFileSync(
    at('predicate.json'),
    JSON.stringify({ buildDefinition: { buildType: 'https://example.org/build' }, runDetails: {} }),
  );
  const owned = opened.move();
  return {
    image: await writeScene(folder),
    host: product.host,
    between: between.host,
    back: second.host,
    at,
    plimsoll,
    run,
    async token() {
      const answer = await fetchFrom(`${product.url}/trust/identity-token`, { method: 'POST' });
      return ((await answer.json()) as { readonly token: string }).token;
    },
    who: ['--certificate-oidc-issuer', product.url, '--certificate-identity', account],
    trusted: ['--trusted-root', at('trusted_root.json')],
    read: async (host, path) => (await fetchFrom(`http://${host}${path}`)).json() as never,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
