// What docker's and podman's users put beside a host's name, in certs.d/HOST[:PORT]/ (containers-certs.d(5), docker's
// "Verify repository client with certificates"): *.crt are authorities that are trusted for this host beside the usual
// ones, NAME.cert with NAME.key is what is shown to it. As with them the first folder that has the host is taken, and
// nothing of it goes to another host.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../../../kit/limits.ts';
import { netErrors } from '../errors.ts';

export interface HostCertificate {
  /** PEM texts. */
  readonly authorities: readonly string[];
  readonly client?: { readonly certificate: string; readonly key: string };
}

/** Nothing where no folder has the host. `net.host_certificate_unusable`. */
export async function readHostCertificate(
  folders: readonly string[],
  url: URL,
): Promise<HostCertificate | undefined> {
  // A host of dots alone would be another folder.
  if (/^\.*$/.test(url.hostname)) return undefined;
  const names = url.port === '' ? [url.host, `${url.host}:443`] : [url.host];
  for (const folder of folders)
    for (const name of names) {
      const found = await readFolder(join(folder, name));
      if (found !== undefined) return found;
    }
  return undefined;
}

/** Undefined where it is not there, or not for this user. */
async function readFolder(folder: string): Promise<HostCertificate | undefined> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(error.code ?? '')) return undefined;
    throw netErrors.host_certificate_unusable(`${folder} cannot be read: ${error.message}`, { cause: error });
  });
  if (files === undefined) return undefined;
  files.sort();
  const authorities: string[] = [];
  for (const file of files.filter((one) => one.endsWith('.crt')))
    authorities.push(await readAuthority(join(folder, file)));
  const [name] = files.filter((one) => one.endsWith('.cert')).map((one) => one.slice(0, -'.cert'.length));
  const lonely = files.find((one) => one.endsWith('.key') && !files.includes(one.replace(/key$/, 'cert')));
  if (lonely !== undefined)
    throw netErrors.host_certificate_unusable(
      `${join(folder, lonely)} has no certificate beside it; that ends in .cert, authorities in .crt`,
    );
  if (name === undefined) return { authorities };
  if (!files.includes(`${name}.key`))
    throw netErrors.host_certificate_unusable(`${join(folder, name)}.cert has no ${name}.key beside it`);
  return { authorities, client: await readPair(join(folder, name)) };
}

async function readAuthority(path: string): Promise<string> {
  const text = await readPem(path);
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw netErrors.host_certificate_unusable(`${path} holds no PEM certificate`);
}

async function readPair(path: string): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = [await readPem(`${path}.cert`), await readPem(`${path}.key`)];
  let isPair: boolean;
  try {
    isPair = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    const why = 'it must be a PEM certificate with its PEM key, without a passphrase';
    throw netErrors.host_certificate_unusable(`${path}.cert and ${path}.key cannot be used: ${why}`, {
      cause,
    });
  }
  if (isPair) return { certificate, key };
  throw netErrors.host_certificate_unusable(`${path}.key is not the key of ${path}.cert`);
}

async function readPem(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    if (size > limits.pemFileBytes) throw new Error('it is too large for one');
    return await file.readFile('utf8');
  } catch (cause) {
    throw netErrors.host_certificate_unusable(`${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
