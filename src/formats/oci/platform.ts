// Platforms as image-spec image-index.md and containerd spell and choose them.
import { isJsonObject } from '../../kit/json.ts';
import { ociErrors } from './errors.ts';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

/** From the wire; undefined where os or architecture is not text (an index may say anything here). */
export function readPlatform(value: unknown): Platform | undefined {
  if (!isJsonObject(value)) return undefined;
  const { os, architecture, variant } = value;
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  const osVersion = value['os.version'];
  return {
    os,
    architecture,
    ...(typeof variant === 'string' && variant !== '' ? { variant } : {}),
    ...(typeof osVersion === 'string' && osVersion !== '' ? { osVersion } : {}),
  };
}

/** `linux/arm64`, `linux/arm/v7`; containerd's aliases (`x86_64`, `aarch64`) are understood. */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...rest] = text.split('/');
  if (!os || !architecture || rest.length > 0 || variant === '')
    throw ociErrors.platform_invalid(`"${text}" is not os/architecture[/variant]`);
  return normalPlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** The usual spelling: Go's names, arm64 without its default variant v8, arm with its default v7. */
export function normalPlatform(platform: Platform): Platform {
  const architecture = ALIASES[platform.architecture] ?? platform.architecture;
  const { variant: given, ...rest } = platform;
  let variant = given;
  if (architecture === 'arm64' && variant === 'v8') variant = undefined;
  if (architecture === 'amd64' && variant === 'v1') variant = undefined;
  if (architecture === 'arm' && variant === undefined) variant = 'v7';
  return { ...rest, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** BuildKit's attestation manifests carry `unknown/unknown`: never an image to run, to scan or to count. */
export function isRunnable(platform: Platform | undefined): boolean {
  return platform === undefined || (platform.os !== 'unknown' && platform.architecture !== 'unknown');
}

/** Whether an image of `offered` serves a wish for `wanted` (same os and architecture, equal variant). */
export function isSamePlatform(wanted: Platform, offered: Platform): boolean {
  const a = normalPlatform(wanted);
  const b = normalPlatform(offered);
  return a.os === b.os && a.architecture === b.architecture && a.variant === b.variant;
}

const ALIASES: Readonly<Record<string, string>> = Object.freeze({
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  i386: '386',
});
