import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { formatAddress, listConfig, readConfig, readPlaces, takeFlags } from './config.ts';
import { type SettingName, settings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-config-'));
const file = join(folder, 'plimsoll.yaml');
after(() => rmSync(folder, { recursive: true }));

function writeFile(text: string): string {
  writeFileSync(file, text);
  return file;
}

/** The configuration of this file, flags and environment. */
async function read(
  text: string | undefined,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
) {
  const all = text === undefined ? flags : ['--config', writeFile(text), ...flags];
  return readConfig(takeFlags(all).flags, env);
}

async function refuses(what: Promise<unknown>, code: string, message: string | RegExp): Promise<void> {
  await assert.rejects(what, (error: Error & { code?: string }) => {
    assert.equal(error.code, code);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

test('a flag goes before the environment, that before the file, that before the default', async () => {
  const text = 'log.level: error\nlisten: 127.0.0.1:3\nadvisories:\n  refresh: off\n';
  const env = { PLIMSOLL_LOG_LEVEL: 'warn', PLIMSOLL_LISTEN: '127.0.0.1:2' };
  const config = await read(text, ['--log-level', 'debug'], env);
  assert.deepEqual([config.logLevel, config.origins.logLevel], ['debug', '--log-level']);
  assert.deepEqual([config.listen.port, config.origins.listen], [2, 'PLIMSOLL_LISTEN']);
  assert.deepEqual([config.advisoriesRefresh, config.origins.advisoriesRefresh], ['off', `${file}:4`]);
  assert.deepEqual([config.data, config.origins.data], [resolve('data'), 'default']);
  assert.deepEqual([config.publicUrl, config.origins.publicUrl], [undefined, 'not set']);
});

test('the file is named by --config or PLIMSOLL_CONFIG; an empty variable is an unset one', async () => {
  writeFile('log:\n  level: error\n');
  const config = await readConfig(new Map(), { PLIMSOLL_CONFIG: file, PLIMSOLL_LOG_LEVEL: '' });
  assert.deepEqual([config.logLevel, config.origins.logLevel], ['error', `${file}:2`]);
  assert.equal((await readConfig(new Map(), { PLIMSOLL_CONFIG: '' })).logLevel, 'notice');
  assert.equal((await read('')).logLevel, 'notice', 'an empty file sets nothing');
  assert.equal((await read('# only a remark\n')).logLevel, 'notice');
});

test('every setting can be set by its flag, its variable and its key', async () => {
  const good: Readonly<Record<SettingName, string>> = {
    data: '/somewhere',
    listen: '[::1]:80',
    publicUrl: 'https://images.example.org',
    adminPassword: 'a long password',
    advisoriesFolder: '/advisories',
    advisoriesSource: 'https://mirror.example.org/feeds',
    advisoriesRefresh: 'off',
    policy: '/etc/plimsoll/policy.yaml',
    advisoriesPublish: 'off',
    cacheLayers: '500MiB',
    instance: 'https://images.example.org',
    logLevel: 'debug',
    logFormat: 'json',
    webhooksPrivate: 'on',
    marks: 'off',
    forgeToken: 'ghp_0123456789',
    trustKeys: 'log=hashivault://plimsoll-log',
    trustPassphrase: 'a passphrase of many words',
    trustRoots: '/etc/plimsoll/roots',
    registrySparse: 'refuse',
    registrySentinel: 'hold',
    registryGrace: '7d',
    registryProve: '30m',
    keysOverlap: '2h',
    keysOverlapPinned: '60d',
    keysMaxAgeSigning: '180d',
    keysMaxAgeRoot: '1825d',
    keysMaxAgeToken: '90d',
    registryScrub: '1MiB',
    registrySendfile: 'x-accel-redirect:/plimsoll-blobs/',
    workers: 'auto',
    storageRepairFrom: 'library/*=registry.example.org/mirror-of/library',
    storageReserve: '5GiB',
    proxyTrusted: 'on',
    oidcIssuer: 'https://login.example.org/realm',
    oidcClientId: 'images',
    oidcClientSecret: 'client-secret',
    oidcSignUp: 'on',
    limitsPulls: 'anonymous=100/6h,account=200/6h',
    limitsExempt: 'library,team',
    limitsRequests: '6000/1m',
    limitsConnections: '500',
    limitsHead: '5s',
    limitsIdle: '2m',
    limitsPace: '1KiB/10s',
    metrics: 'open',
    tlsCertificate: '/etc/plimsoll/tls.crt',
    tlsKey: '/etc/plimsoll/tls.key',
    tlsClientAuthority: '/etc/plimsoll/clients.crt',
    tlsClientCertificates: 'required',
    tlsTrust: '/etc/ssl/private-ca.crt',
    partFolder: '/var/lib/plimsoll/parts',
    partsListen: '0.0.0.0:8444',
    partsAddress: 'parts.example.org:8444',
    issuers: 'https://issuer.example.org/realm,https://gitlab.com',
    insecureRegistries: 'one.example.org,two.example.org:5000',
    witnessAsk: '/etc/plimsoll/witnesses.txt',
    witnessLogs: '/etc/plimsoll/logs.txt',
  };
  for (const [name, text] of Object.entries(good) as [SettingName, string][]) {
    const { flag, env, key } = settings[name];
    const byFlag = await read(undefined, [`${flag}=${text}`]);
    const byEnv = await read(undefined, [], { [env]: text });
    const byFile = await read(`${key}: ${JSON.stringify(text)}\n`);
    assert.deepEqual(
      [byFlag.origins[name], byEnv.origins[name], byFile.origins[name]],
      [flag, env, `${file}:1`],
    );
    assert.notEqual(byFlag[name], undefined, name);
    assert.deepEqual(byEnv[name], byFlag[name]);
    assert.deepEqual(byFile[name], byFlag[name]);
    const shown = listConfig(byFlag).find((row) => row.key === key);
    const isSecret = [
      'adminPassword',
      'forgeToken',
      'trustPassphrase',
      'trustKeys',
      'oidcClientSecret',
    ].includes(name);
    assert.equal(shown?.value, isSecret ? '(set)' : text);
  }
});

test('mirrors are a list of patterns and places, in a file one a line; a login in one is refused', async () => {
  const text =
    'storage:\n  repair_from:\n    - library/*=r.example/m\n    - "**=https://s.example"\n  reserve: 0\n';
  const config = await read(text);
  assert.deepEqual(config.storageRepairFrom, [
    { match: 'library/*', host: 'r.example', path: 'm' },
    { match: '**', host: 's.example', path: '' },
  ]);
  assert.equal(config.storageReserve, 0);
  assert.equal((await read('')).storageReserve, 'auto');
  const must = /: "\*\*=…@r\.example" cannot be used; it must be PATTERN=HOST.* without a login$/;
  await refuses(
    read(undefined, ['--storage-repair-from', '**=me:secret@r.example']),
    'app.setting_invalid',
    must,
  );
  await refuses(
    read(undefined, ['--storage-reserve', 'some']),
    'app.setting_invalid',
    '--storage-reserve: "some" cannot be used; it must be auto, or bytes, as 500MiB, 2GiB or 0',
  );
});

test('how long a connection is waited for is said in seconds or minutes, and how many there are as a number', async () => {
  const { limitsConnections, limitsHead, limitsIdle, limitsPace } = await read('');
  assert.deepEqual([limitsConnections, limitsHead, limitsIdle], [15_000, 20_000, 75_000]);
  assert.deepEqual(limitsPace, { bytes: 65_536, windowMs: 300_000 });
  const bad: readonly (readonly [flag: string, text: string, must: RegExp])[] = [
    ['--limits-connections', '0', /number of connections from 1 on/],
    ['--limits-head', '0s', /seconds or minutes/],
    ['--limits-idle', '1h', /seconds or minutes/],
    ['--limits-pace', '64KiB', /BYTES\/WINDOW/],
    ['--limits-pace', '1GiB/5m', /BYTES\/WINDOW/],
    ['--limits-pace', '1KiB/0m', /BYTES\/WINDOW/],
  ];
  for (const [flag, text, must] of bad)
    await assert.rejects(read(undefined, [flag, text]), { code: 'app.setting_invalid', message: must });
});

test('limits are off, or a count and a window each', async () => {
  const { limitsPulls } = await read(undefined, ['--limits-pulls', 'account=5/1d']);
  assert.deepEqual(limitsPulls, { account: { count: 5, windowMs: 86_400_000 } });
  const off = await read(undefined, ['--limits-pulls=off', '--limits-requests=off']);
  assert.deepEqual([off.limitsPulls, off.limitsRequests], [{}, 'off']);
  for (const text of [
    '100/6h',
    'anonymous=0/6h',
    'anonymous=1/6h,anonymous=2/6h',
    'robot=1/6h',
    'account=1/0m',
  ])
    await refuses(
      read(undefined, ['--limits-pulls', text]),
      'app.setting_invalid',
      `--limits-pulls: "${text}" cannot be used; it must be off, or as anonymous=100/6h,account=200/6h, either or both`,
    );
  for (const flag of [
    '--limits-requests=many',
    '--limits-exempt=team/app',
    '--metrics=yes',
    '--tls-client-certificates=yes',
    '--tls-key= ',
  ])
    await refuses(read(undefined, [flag]), 'app.setting_invalid', /cannot be used; it must be /);
});

test('a value that cannot be used is refused with its place and what would be right', async () => {
  const listen = '"nonsense" cannot be used; it must be HOST:PORT, as 127.0.0.1:1876 or [::1]:1876';
  await refuses(read(undefined, ['--listen', 'nonsense']), 'app.setting_invalid', `--listen: ${listen}`);
  await refuses(
    read(undefined, [], { PLIMSOLL_LISTEN: 'nonsense' }),
    'app.setting_invalid',
    `PLIMSOLL_LISTEN: ${listen}`,
  );
  await refuses(read('\nlisten: nonsense\n'), 'app.setting_invalid', `${file}:2 listen: ${listen}`);
  for (const [flag, text] of [
    ['--listen', '127.0.0.1:65536'],
    ['--listen', '127.0.0.1'],
    ['--listen', '::1:80'],
    ['--listen', 'a b:80'],
    ['--public-url', 'images.example.org'],
    ['--public-url', 'https://images.example.org/path'],
    ['--public-url', 'https://somebody@images.example.org'],
    ['--issuers', 'gitlab.com'],
    ['--oidc-issuer', 'https://one.example.org,https://two.example.org'],
    ['--proxy-trusted', 'yes'],
    ['--public-url', 'ftp://images.example.org'],
    ['--log-level', 'loud'],
    ['--cache-layers', 'much'],
    ['--registry-grace', '1 day'],
    ['--registry-prove', '5s'],
    ['--registry-sparse', 'maybe'],
    ['--registry-sentinel', 'maybe'],
    ['--registry-sendfile', 'on'],
    ['--registry-sendfile', 'x-accel-redirect'],
    ['--registry-sendfile', 'x-accel-redirect:/no-slash-at-its-end'],
    ['--registry-sendfile', 'x-accel-redirect:https://example.org/'],
    ['--cache-layers', '-1'],
    ['--cache-layers', '2GB'],
    ['--cache-layers', '99999999999999TiB'],
    ['--log-format', 'xml'],
    ['--advisories-refresh', 'hourly'],
    ['--data', ''],
    ['--data', ' '],
    ['--insecure-registries', 'http://x'],
  ] as const)
    await refuses(read(undefined, [flag, text]), 'app.setting_invalid', new RegExp(`^${flag}: .* it must `));
  assert.throws(() => takeFlags(['serve', '--data']), {
    code: 'app.setting_invalid',
    message: '--data needs a value',
  });
});

test('an unknown key is refused with its line and the one that was meant', async () => {
  await refuses(
    read('data: x\nlisten_on: 127.0.0.1:1\n'),
    'app.setting_unknown',
    `${file}:2 sets "listen_on", which is not a setting; did you mean "listen"?`,
  );
  await refuses(
    read('log:\n  format: json\n  lever: debug\n'),
    'app.setting_unknown',
    `${file}:3 sets "log.lever", which is not a setting; did you mean "log.level"?`,
  );
  await refuses(read('xyzzy: 1\n'), 'app.setting_unknown', `${file}:1 sets "xyzzy", which is not a setting`);
  await refuses(read('__proto__: 1\n'), 'app.setting_unknown', /:1 sets "__proto__"/);
  await refuses(read('toString: 1\n'), 'app.setting_unknown', /:1 sets "toString"/);
  await refuses(
    read('data:\n  deeper: 1\n'),
    'app.setting_invalid',
    /:1 sets "data" to something that is not one/,
  );
  await refuses(read('data:\n'), 'app.setting_invalid', /:1 sets "data" to something that is not one value$/);
});

test('a file that cannot be read, or is no YAML, is refused with its line', async () => {
  const absent = join(folder, 'absent.yaml');
  await refuses(
    readConfig(new Map([['--config', absent]]), {}),
    'app.config_unreadable',
    `the configuration file ${absent} cannot be read`,
  );
  await refuses(readConfig(new Map([['--config', folder]]), {}), 'app.config_unreadable', /cannot be read$/);
  await refuses(
    read('data: x\nlisten: [1\n'),
    'app.config_unreadable',
    /^\S+plimsoll\.yaml:[23] is not YAML: /,
  );
  await refuses(read('data: x\ndata: y\n'), 'app.config_unreadable', /^\S+plimsoll\.yaml:2 is not YAML: /);
  await refuses(
    read('- data\n'),
    'app.config_unreadable',
    `${file}:1 is not a list of keys, as "listen: 127.0.0.1:1876"`,
  );
  await refuses(read('just a sentence\n'), 'app.config_unreadable', /:1 is not a list of keys/);
});

test('values of the file are taken as they are written', async () => {
  assert.equal((await read('admin_password: 0123456789\n')).adminPassword, '0123456789');
  assert.equal((await read('admin_password: "tab\\tand \\"quote\\""\n')).adminPassword, 'tab\tand "quote"');
  assert.equal((await read('admin_password: 1_000_000e3\n')).adminPassword, '1_000_000e3');
  assert.equal((await read('advisories.refresh: off\n')).advisoriesRefresh, 'off');
  const list = await read('insecure_registries: [a.example.org, "b.example.org:5000"]\n');
  assert.deepEqual(list.insecureRegistries, ['a.example.org', 'b.example.org:5000']);
});

test('a secret is never printed: not in the list, not in a refusal', async () => {
  const secret = 'hunter2hunter2';
  const config = await read(undefined, [], { PLIMSOLL_ADMIN_PASSWORD: secret });
  assert.equal(config.adminPassword, secret);
  const row = listConfig(config).find(({ key }) => key === 'admin_password');
  assert.deepEqual(row, { key: 'admin_password', value: '(set)', origin: 'PLIMSOLL_ADMIN_PASSWORD' });
  assert.doesNotMatch(JSON.stringify(listConfig(config)), /hunter2/);
  await refuses(
    read(undefined, [], { PLIMSOLL_ADMIN_PASSWORD: 'hunter' }),
    'app.setting_invalid',
    'PLIMSOLL_ADMIN_PASSWORD: its value cannot be used; it must have at least 8 characters',
  );
  await refuses(
    read(undefined, [], { PLIMSOLL_FORGE_TOKEN: 'hunter2\nX-Other: header' }),
    'app.setting_invalid',
    'PLIMSOLL_FORGE_TOKEN: its value cannot be used; it must be a token: one word of at most 4096 ASCII characters',
  );
});

test('a token that was read from a file with its line end is the token', async () => {
  assert.equal((await read(undefined, [], { PLIMSOLL_FORGE_TOKEN: ' glpat-1\r\n' })).forgeToken, 'glpat-1');
});

test('the list names every setting in one order, with what holds and where it came from', async () => {
  const rows = listConfig(await read('listen: "[::1]:5000"\n'));
  assert.deepEqual(
    rows.map(({ key }) => key),
    Object.values(settings).map(({ key }) => key),
  );
  assert.deepEqual(rows[1], { key: 'listen', value: '[::1]:5000', origin: `${file}:1` });
  assert.deepEqual(rows[2], { key: 'public_url', value: '', origin: 'not set' });
  assert.equal(formatAddress({ host: '0.0.0.0', port: 80 }), '0.0.0.0:80');
});

test('flags are taken wherever they stand before --, and the rest is left as it was', () => {
  const { flags, rest } = takeFlags([
    'serve',
    '--data=/x=y',
    '--verbose',
    '--listen',
    '--odd',
    '--',
    '--data',
    'z',
  ]);
  assert.deepEqual(
    [...flags],
    [
      ['--data', '/x=y'],
      ['--listen', '--odd'],
    ],
  );
  assert.deepEqual(rest, ['serve', '--verbose', '--', '--data', 'z']);
});

test('places follow the environment: home, cache, proxies in either case, colour', () => {
  const places = readPlaces({ HOME: '/home/me', https_proxy: 'http://p:1', NO_PROXY: 'x', HTTP_PROXY: '' });
  assert.equal(places.cacheFolder, join('/home/me', '.cache', 'plimsoll'));
  assert.deepEqual(places.proxy, { https: 'http://p:1', except: 'x' });
  assert.equal(places.colour, undefined);
  assert.equal(readPlaces({ XDG_CACHE_HOME: '/cache' }).cacheFolder, join('/cache', 'plimsoll'));
  assert.equal(readPlaces({ NO_COLOR: '1', FORCE_COLOR: '1' }).colour, false);
  assert.equal(readPlaces({ FORCE_COLOR: '1' }).colour, true);
  assert.equal(readPlaces({ FORCE_COLOR: '0' }).colour, false);
  assert.equal(readPlaces({ TERM: 'dumb' }).colour, false);
});

test('a size is bytes or has a unit, and is shown in the largest that fits', async () => {
  for (const [text, sizeBytes, shown] of [
    ['0', 0, '0'],
    ['1000', 1000, '1000'],
    ['2048', 2048, '2KiB'],
    ['1536 MiB', 1536 * 1024 ** 2, '1536MiB'],
  ] as const) {
    const config = await read(undefined, ['--cache-layers', text]);
    assert.equal(config.cacheLayers, sizeBytes);
    assert.equal(listConfig(config).find(({ key }) => key === 'cache.layers')?.value, shown);
  }
  assert.equal((await read(undefined)).cacheLayers, 2 * 1024 ** 3);
});
