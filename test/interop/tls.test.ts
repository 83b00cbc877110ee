// Real clients over TLS: they push and pull with a client certificate and no password, while the server's certificate
// is renewed, and no more once the certificate is removed. All certificates are made as the guide says, by openssl.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { ask } from '../world/secure.ts';
import { makeLayout } from './layout.ts';
import {
  missingTools,
  password,
  plimsoll,
  run,
  runAsync,
  startProduct,
  temporaryFolder,
  until,
} from './world.ts';

const skip = missingTools('openssl', 'skopeo', 'podman', 'buildah', 'curl');

/** The guide's commands, in `folder`. */
function openssl(folder: string, ...lines: readonly string[]): void {
  for (const line of lines) run('sh', ['-c', `openssl ${line}`], { cwd: folder });
}

const EC = 'ec -pkeyopt ec_paramgen_curve:P-256 -nodes';

function makeAuthority(folder: string, name: string): void {
  openssl(
    folder,
    `req -x509 -newkey ${EC} -keyout ${name}.key -out ${name}.crt -days 30 -subj "/CN=${name}" -addext keyUsage=critical,keyCertSign`,
  );
}

function issue(folder: string, name: string, authority: string, names: string): void {
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
  openssl(
    folder,
    `req -newkey ${EC} -keyout ${name}.key -out ${name}.csr -subj "/CN=${name}"`,
    `x509 -req -in ${name}.csr -CA ${authority}.crt -CAkey ${authority}.key -CAcreateserial -days 7 -extfile ${name}.ext -out ${name}.crt`,
  );
}

test('skopeo, podman, buildah and curl by client certificate', { skip }, async (t) => {
  using folder = temporaryFolder();
  const at = (...parts: string[]): string => join(folder.path, ...parts);
  makeAuthority(folder.path, 'servers');
  makeAuthority(folder.path, 'people');
  for (const name of ['server', 'next']) issue(folder.path, name, 'servers', 'IP:127.0.0.1,DNS:localhost');
  issue(folder.path, 'ci', 'people', 'URI:spiffe://acme.test/ci');
  issue(folder.path, 'other', 'people', 'URI:spiffe://acme.test/other');
  const ca = readFileSync(at('servers.crt'), 'utf8');
  const certs = (name: string, client?: string): string => {
    mkdirSync(at(name));
    copyFileSync(at('servers.crt'), at(name, 'ca.crt'));
    if (client !== undefined) {
      copyFileSync(at(`${client}.crt`), at(name, 'client.cert'));
      copyFileSync(at(`${client}.key`), at(name, 'client.key'));
    }
    return at(name);
  };
  const [ofCi, ofOther, ofNobody] = [certs('ci.d', 'ci'), certs('other.d', 'other'), certs('nobody.d')];
  const layout = at('layout');
  const blob = Buffer.alloc(3 * 1024 * 1024, 'plimsoll');
  makeLayout(layout, [Buffer.from('hello')]);

  await using product = await startProduct(at('data'), {
    env: {
      PLIMSOLL_TLS_CERTIFICATE: at('server.crt'),
      PLIMSOLL_TLS_KEY: at('server.key'),
      PLIMSOLL_TLS_CLIENT_AUTHORITY: at('people.crt'),
      PLIMSOLL_ADVISORIES_REFRESH: 'off',
    },
    isReady: async (url) => (await ask(`${url}/readyz`, { ca })).status === 200,
  });
  const { host, url } = product;
  assert.match(product.output(), /Open +https:\/\/127\.0\.0\.1:/);

  // No login of this machine may help: the clients' files are empty, the administrator's are others.
  const home = (name: string): Record<string, string> => {
    mkdirSync(at(name));
    writeFileSync(at(name, 'auth.json'), '{"auths":{}}');
    return { HOME: at(name), DOCKER_CONFIG: at(name), REGISTRY_AUTH_FILE: at(name, 'auth.json') };
  };
  const env = home('clients');
  const own = { ...home('admin'), PLIMSOLL_TLS_TRUST: at('servers.crt') };
  const command = (argv: readonly string[]) =>
    plimsoll([...argv, '--host', host], { env: own }).stdout.trim();
  const login = ['login', '--cert-dir', ofNobody, '-u', 'admin', '-p', password, host];
  await runAsync('skopeo', login, own);
  command(['org', 'create', 'acme', '--owner', 'admin']);
  command(['org', 'private', 'acme']);
  command(['org', 'create-robot', 'acme', 'ci']);
  command(['role', 'give', 'acme', 'robot:ci', 'writer']);
  const robot = ['--robot', 'acme+ci'];
  const id = command(['certificate', 'add', '--uri', 'spiffe://acme.test/ci', ...robot]);

  const push = (folderOfCerts: string, reference: string, ...more: readonly string[]) =>
    runAsync(
      'skopeo',
      ['copy', '--dest-cert-dir', folderOfCerts, ...more, `oci:${layout}:a`, `docker://${host}/${reference}`],
      env,
    );
  const inspect = (folderOfCerts: string, reference: string) =>
    runAsync(
      'skopeo',
      ['inspect', '--raw', '--cert-dir', folderOfCerts, `docker://${host}/${reference}`],
      env,
    );
  const store = ['--root', at('root'), '--runroot', at('run'), '--storage-driver', 'vfs'];

  await t.test('skopeo pushes and pulls with a certificate and no password', async () => {
    await push(ofCi, 'acme/app:1');
    await inspect(ofCi, 'acme/app:1');
  });

  await t.test('podman pulls and pushes, and so does buildah', async () => {
    const image = `${host}/acme/app:1`;
    await runAsync('podman', [...store, 'pull', '-q', '--cert-dir', ofCi, image], env);
    await runAsync(
      'podman',
      [...store, 'push', '-q', '--cert-dir', ofCi, image, `${host}/acme/app:podman`],
      env,
    );
    await runAsync(
      'buildah',
      [...store, 'push', '-q', '--cert-dir', ofCi, image, `docker://${host}/acme/app:buildah`],
      env,
    );
    const { stdout } = await runAsync(
      'curl',
      [
        '-sS',
        '--cacert',
        at('servers.crt'),
        '--cert',
        at('ci.crt'),
        '--key',
        at('ci.key'),
        `${url}/v2/acme/app/tags/list`,
      ],
      env,
    );
    assert.deepEqual(JSON.parse(stdout).tags, ['1', 'buildah', 'podman']);
  });

  await t.test('without a certificate, or with one of nobody, a private repository is refused', async () => {
    for (const one of [ofNobody, ofOther]) {
      await assert.rejects(inspect(one, 'acme/app:1'), refused);
      await assert.rejects(push(one, 'acme/app:2'), refused);
    }
    await assert.rejects(
      inspect(ofOther, 'acme/app:1'),
      /client certificate sha256:[0-9a-f]{64} stands for no login here/,
    );
  });

  await t.test(
    'a login that a client has goes before its certificate, and a wrong one is refused',
    async () => {
      await push(ofCi, 'other/app:1', '--dest-creds', `admin:${password}`);
      await assert.rejects(push(ofCi, 'other/app:2'), /acme\+ci may not push in other\/app|denied/);
      await assert.rejects(
        push(ofCi, 'acme/app:3', '--dest-creds', 'admin:wrong'),
        /unauthorized|password is wrong/,
      );
      const wrong = ['login', '--cert-dir', ofCi, '-u', 'admin', '-p', 'wrong', host];
      await assert.rejects(runAsync('podman', wrong, env), /invalid username\/password|wrong/);
    },
  );

  await t.test('the server’s certificate is renewed while an image is pulled', async () => {
    const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
    const client = {
      certificate: readFileSync(at('ci.crt'), 'utf8'),
      key: readFileSync(at('ci.key'), 'utf8'),
    };
    const uploaded = await ask(`${url}/v2/acme/app/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      ca,
      client,
      body: blob,
    });
    assert.equal(uploaded.status, 201, uploaded.text);
    const curl = ['--cacert', at('servers.crt'), '--cert', at('ci.crt'), '--key', at('ci.key')];
    const slow = [
      '-sS',
      '--fail',
      '--limit-rate',
      '1M',
      '-o',
      at('pulled'),
      ...curl,
      `${url}/v2/acme/app/blobs/${digest}`,
    ];
    const pulling = runAsync('curl', slow, env);
    await until(
      async () => isBegun(at('pulled')),
      20_000,
      () => 'the pull did not begin',
    );
    const before = await servedNow(host, ca);
    for (const end of ['crt', 'key']) renameSync(at(`next.${end}`), at(`server.${end}`));
    process.kill(product.pid, 'SIGHUP');
    await until(
      async () => ((await servedNow(host, ca)) === before ? undefined : true),
      20_000,
      () => `the new certificate is not served:\n${product.output()}`,
    );
    await pulling;
    assert.equal(
      createHash('sha256')
        .update(readFileSync(at('pulled')))
        .digest('hex'),
      digest.slice(7),
    );
    await push(ofCi, 'acme/app:renewed');
  });

  await t.test('once it is removed nobody is let in by it', async () => {
    command(['certificate', 'remove', id, ...robot]);
    await assert.rejects(push(ofCi, 'acme/app:4'), refused);
    await assert.rejects(inspect(ofCi, 'acme/app:1'), refused);
    assert.match(
      command(['audit', '--format', 'json']),
      /certificate spiffe:\/\/acme\.test\/ci sha256:[0-9a-f]{64}/,
    );
  });
});

/** Answers to HEAD have no words of their own. */
const refused = /needs a login|unauthorized|authentication required|does not allow|denied/;

function isBegun(file: string): true | undefined {
  try {
    return readFileSync(file).length > 0 ? true : undefined;
  } catch {
    return undefined;
  }
}

/** Fingerprint of the certificate that a new connection is shown. */
function servedNow(host: string, ca: string): Promise<string> {
  const [, port] = host.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port), ca }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
