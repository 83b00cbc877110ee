// The images that reading is measured with: a Debian image of 640 packages in one layer, made from the machine's
// package sources with mmdebstrap and umoci in an OCI layout, and images with one small layer more. Made once for a
// folder; what is there already is taken as it is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestHex } from '../src/formats/oci/digest.ts';
import { parseManifest } from '../src/formats/oci/manifest.ts';
import { parseReference } from '../src/formats/oci/reference.ts';
import { openLayoutSource } from '../src/io/images/layout.ts';
import { sources } from '../test/interop/debian-image.ts';

export const imageTools = ['mmdebstrap', 'umoci', 'tar'];

const INCLUDED = 'build-essential,ca-certificates,curl,git,imagemagick,nodejs,npm,python3';

/** Image `a` of the layout in `folder/layout`. */
export function makeLargeImage(folder: string): void {
  const layout = join(folder, 'layout');
  if (hasTag(folder, 'a')) return;
  const rootfs = join(folder, 'rootfs.tar');
  mkdirSync(folder, { recursive: true });
  must('mmdebstrap', [
    '--quiet',
    '--variant=minbase',
    `--include=${INCLUDED}`,
    'bookworm',
    rootfs,
    ...sources(),
  ]);
  must('umoci', ['init', '--layout', layout]);
  must('umoci', ['new', '--image', `${layout}:a`]);
  must('umoci', ['raw', 'add-layer', '--image', `${layout}:a`, rootfs]);
  rmSync(rootfs);
}

/** Image `to`: image `from` and one layer of these files; nothing is done where the layout has it. */
export function addLayer(
  folder: string,
  { from, to }: { readonly from: string; readonly to: string },
  files: () => Readonly<Record<string, string>>,
): void {
  if (hasTag(folder, to)) return;
  const tree = join(folder, `tree-${to}`);
  for (const [path, text] of Object.entries(files())) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  must('tar', ['-C', tree, '-cf', `${tree}.tar`, '.']);
  must('umoci', [
    ...['raw', 'add-layer', '--image', `${join(folder, 'layout')}:${from}`],
    ...['--tag', to, `${tree}.tar`],
  ]);
  rmSync(tree, { recursive: true });
  rmSync(`${tree}.tar`);
}

export function hasTag(folder: string, tag: string): boolean {
  const index = join(folder, 'layout/index.json');
  return existsSync(index) && readFileSync(index, 'utf8').includes(`ref.name":"${tag}"`);
}

export async function openImage(folder: string, name: string) {
  return openLayoutSource(parseReference(`oci:${folder}/layout:${name}`) as never);
}

/** The layers' files, the lowest first. */
export async function layerFiles(folder: string, name: string): Promise<string[]> {
  await using source = await openImage(folder, name);
  const root = await source.root();
  const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
  if (manifest.kind !== 'image') throw new Error('the layout must hold one image');
  return manifest.layers.map((layer) => join(folder, 'layout/blobs/sha256', digestHex(layer.digest)));
}

/** What the program printed; throws where it ends with anything but 0. */
export function must(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const ran = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 256 * 1024 * 1024,
  });
  if (ran.status !== 0) throw new Error(`${command}: ${ran.error?.message ?? ran.stderr}`);
  return ran.stdout;
}
