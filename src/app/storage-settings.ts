// The settings of storage that can be damaged and run full: rows of the table in settings.ts.
import {
  formatRepairMirror,
  parseRepairMirror,
  type RepairMirror,
} from '../services/registry/repair-mirror.ts';
import type { Reading, Setting } from './setting.ts';

/** As settings.ts reads and writes sizes. */
interface SizeText {
  read(text: string): Reading<number>;
  format(sizeBytes: number): string;
}

export function createStorageSettings(size: SizeText) {
  return {
    storageRepairFrom: row<readonly RepairMirror[]>({
      key: 'storage.repair_from',
      flag: '--storage-repair-from',
      env: 'PLIMSOLL_STORAGE_REPAIR_FROM',
      meaning:
        'Registries that hold the same content, from which damaged blobs are fetched again: PATTERN=HOST[/PATH] divided by commas, as library/*=registry.example.org/mirror-of/library; what a name has beyond the pattern’s parts before the first * stands behind PATH. Logins are docker’s and podman’s; plain http on loopback and for insecure_registries alone.',
      read: readMirrors,
      format: (mirrors) => mirrors.map(formatRepairMirror).join(','),
    }),
    storageReserve: row<number | 'auto'>({
      key: 'storage.reserve',
      flag: '--storage-reserve',
      env: 'PLIMSOLL_STORAGE_RESERVE',
      fallback: 'auto',
      meaning:
        'Room on the disk that pushes leave free, so that the database can always write: bytes, or with KiB, MiB, GiB; auto is 1GiB, or 2 % of the disk where that is less; 0 leaves none.',
      read(text) {
        if (text === 'auto') return { value: 'auto' };
        const reading = size.read(text);
        return 'must' in reading ? { must: 'be auto, or bytes, as 500MiB, 2GiB or 0' } : reading;
      },
      format: (value) => (value === 'auto' ? 'auto' : size.format(value)),
    }),
  };
}

function row<T>(setting: Setting<T>): Setting<T> {
  return Object.freeze(setting);
}

function readMirrors(text: string): Reading<readonly RepairMirror[]> {
  const mirrors = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map(parseRepairMirror);
  return mirrors.every((mirror) => mirror !== undefined)
    ? { value: mirrors }
    : {
        must: 'be PATTERN=HOST[:PORT][/PATH] divided by commas, as library/*=registry.example.org/mirror-of/library, without a login',
      };
}
