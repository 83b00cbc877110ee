// `docker plimsoll …` with the real docker command: a link in its folder of plugins is all that it takes.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../house.ts';
import { engineEnv } from './engine.ts';
import { makeLayout } from './layout.ts';
import { missingTools, plimsoll, run, runAsync, temporaryFolder, until } from './world.ts';

const skip = missingTools('docker');

/** Docker's client folder with the plugin in it, as `ln -s` puts it there. */
function installPlugin(folder: string): Record<string, string> {
  const env = engineEnv(folder, {});
  mkdirSync(join(env.DOCKER_CONFIG, 'cli-plugins'), { recursive: true });
  // By way of a second link: npm's own command is one.
  const command = join(folder, 'docker-plimsoll');
  symlinkSync(join(root, 'bin/docker-plimsoll.js'), command);
  symlinkSync(command, join(env.DOCKER_CONFIG, 'cli-plugins/docker-plimsoll'));
  return { ...env, NO_COLOR: '1', XDG_CACHE_HOME: join(folder, 'cache') };
}

test('docker lists the plugin, passes words and exit codes through', { skip }, () => {
  using folder = temporaryFolder();
  const env = installPlugin(folder.path);
  const docker = (args: string[], status = 0) => run('docker', args, { env, status });
  const { stdout: version } = plimsoll(['--version']);

  assert.match(docker(['--help']).stdout, /^ +plimsoll\* +Inspect, compare and judge images/m);
  const [plugin] = listPlugins(env).filter(({ Name }) => Name === 'plimsoll');
  assert.equal(plugin?.Vendor, 'Plimsoll');
  assert.equal(plugin?.Version, version.trim().split(' ')[1]);
  assert.equal(plugin?.Err, undefined);

  assert.equal(docker(['plimsoll', '--version']).stdout, version);
  for (const args of [
    ['plimsoll', 'help'],
    ['plimsoll', '--help'],
    ['help', 'plimsoll'],
    ['--help', 'plimsoll'],
  ])
    assert.match(docker(args).stdout, /^Usage: docker plimsoll COMMAND/, args.join(' '));
  for (const args of [
    ['plimsoll', 'inspect', '--help'],
    ['help', 'plimsoll', 'inspect'],
  ])
    assert.match(docker(args).stdout, /^Usage: docker plimsoll inspect /, args.join(' '));
  assert.match(docker(['plimsoll', 'inspekt'], 1).stderr, /no command "inspekt".*\n.*`docker plimsoll help`/);
  assert.equal(docker(['__complete', 'plimsoll', 'insp']).stdout, ':0\n');

  const image = `oci:${makeLayout(join(folder.path, 'layout'), [Buffer.from('hello')])}:a`;
  const words = ['inspect', '-q', '--offline', '--format', 'json', image];
  assert.deepEqual(
    JSON.parse(docker(['plimsoll', ...words]).stdout).subject,
    JSON.parse(plimsoll(words, { env }).stdout).subject,
  );
  // It runs as root, which the standard policy does not want.
  docker(['plimsoll', 'inspect', '-q', '--offline', '--fail-on', 'policy', image], 2);
  docker(['plimsoll', 'inspect', '-q', image.replace(/a$/, 'absent')], 3);
});

test('docker’s global flags choose the engine and the client’s folder', { skip }, async () => {
  using folder = temporaryFolder();
  const env = installPlugin(folder.path);
  const asked: string[] = [];
  await using server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response
      .setHeader('api-version', '1.41')
      .writeHead(request.url === '/_ping' ? 200 : 404)
      .end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await runAsync('docker', ['context', 'create', 'build', '--docker', `host=${address}`], env);

  const { DOCKER_CONFIG = '', DOCKER_HOST: _, ...bare } = env;
  const nowhere = { DOCKER_HOST: env.DOCKER_HOST as string };
  const ways: readonly [string[], Record<string, string>][] = [
    [['--context', 'build'], { ...bare, DOCKER_CONFIG, ...nowhere }],
    [['-Dc', 'build'], { ...bare, DOCKER_CONFIG }],
    [['-H', address], { ...bare, DOCKER_CONFIG, ...nowhere }],
    [['-l', 'warn', `--host=${address}`], { ...bare, DOCKER_CONFIG }],
    [['--config', DOCKER_CONFIG, '-c', 'build'], bare],
  ];
  for (const [flags, given] of ways) {
    asked.length = 0;
    const said = await refusalOf([...flags, 'plimsoll', 'inspect', '-q', 'docker-daemon:absent:1'], given);
    assert.ok(said.includes(`docker at ${address}`) && said.includes('has no image'), `${flags}: ${said}`);
    assert.deepEqual(asked, ['/_ping', '/images/absent:1/json'], flags.join(' '));
  }
  const refused = await refusalOf(['--tlsverify=false', '-H', address, 'plimsoll', 'qv', 'local://x'], env);
  assert.match(refused, /--tlsverify=false is not followed.*\n.*\[app\.docker_flag_unsupported\]/);
});

test('docker’s end is the plugin’s end', { skip }, async () => {
  using folder = temporaryFolder();
  const env = {
    ...process.env,
    ...installPlugin(folder.path),
    PLIMSOLL_ADMIN_PASSWORD: 'correct-horse-battery',
  };
  const args = ['plimsoll', 'serve', '--data', join(folder.path, 'data'), '--listen', '127.0.0.1:0'];
  const child = spawn('docker', [...args, '--advisories-refresh', 'off'], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  let isOver = false;
  child.once('close', () => {
    isOver = true;
  });
  // Should docker leave its plugin behind, both are of one group.
  using _group = { [Symbol.dispose]: () => void (isOver || process.kill(-(child.pid as number), 'SIGKILL')) };
  const url = await until(
    async () => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0],
    60_000,
    () => `the server does not listen:\n${output}`,
  );
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  // To docker alone, as a service manager or a CI runner does: its streams close only once the plugin has ended too.
  child.kill('SIGTERM');
  await until(
    async () => isOver || undefined,
    60_000,
    () => `docker waits for its plugin:\n${output}`,
  );
  await assert.rejects(fetch(`${url}/readyz`));
});

interface Plugin {
  readonly Name: string;
  readonly Vendor: string;
  readonly Version: string;
  readonly Err?: string;
}

/** What docker says of its plugins; whether `docker info` ends with 0 where no engine answers differs by version. */
function listPlugins(env: Record<string, string>): readonly Plugin[] {
  const ran = spawnSync('docker', ['info', '--format', '{{json .ClientInfo.Plugins}}'], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return JSON.parse(ran.stdout.split('\n')[0] as string) as readonly Plugin[];
}

async function refusalOf(args: readonly string[], env: Record<string, string>): Promise<string> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('DOCKER_')),
  );
  const child = spawn('docker', args, { env: { ...inherited, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [status] = await once(child, 'close');
  assert.notEqual(status, 0);
  return stderr;
}
