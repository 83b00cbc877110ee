// A plug-in for tests, as somebody would write one: a program of its own that keeps a key in a file beside it and
// speaks version 1 of the protocol. Run by Node itself, under the name that the protocol looks for.

import type { KeyObject } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { PluginPlace } from './key-plugin.ts';

const PROGRAM = `#!/usr/bin/env node
const { constants, createPrivateKey, createPublicKey, sign } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const [, , version, json] = process.argv;
const { initOptions, methodName, signMessage } = JSON.parse(json);
const message = readFileSync(0);
const answer = (value) => process.stdout.write(JSON.stringify(value));
const key = createPrivateKey(readFileSync(__dirname + '/' + initOptions.keyResourceID + '.pem'));
const hash = { 0: null, 5: 'sha256', 6: 'sha384', 7: 'sha512' };
const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
const signing = existsSync(__dirname + '/pads-by-pss') ? { key, padding, saltLength } : key;
if (version !== 'v1' || initOptions.protocolVersion !== 'v1') answer({ errorMessage: 'version ' + version });
else if (methodName === 'publicKey')
  answer({ publicKey: { publicKeyPEM: Buffer.from(createPublicKey(key).export({ format: 'pem', type: 'spki' })).toString('base64') } });
else if (methodName === 'signMessage')
  answer({ signMessage: { signature: sign(hash[signMessage.signOptions.messageOptions.hashFunc], message, signing).toString('base64') } });
else answer({ errorMessage: 'unknown method' });
process.exitCode = 3;
`;

/** A folder with the program `sigstore-kms-NAME`, gone with the test. */
export function writePlugin(
  t: TestContext,
  program: string = PROGRAM,
): PluginPlace & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-plugin-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'sigstore-kms-test');
  writeFileSync(path, program);
  chmodSync(path, 0o755);
  // `env` of the first line looks for node where this one is.
  const PATH = [folder, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  return { reference: 'test://signing', env: { PATH }, folder };
}

/** Lets the plug-in find the key. */
export function writePluginKey({ folder }: { readonly folder: string }, privateKey: KeyObject): void {
  writeFileSync(join(folder, 'signing.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }));
}

/** From now on RSA is padded by PSS: the protocol says nothing of it, so each place has its own way. */
export function padByPss({ folder }: { readonly folder: string }): void {
  writeFileSync(join(folder, 'pads-by-pss'), '');
}
