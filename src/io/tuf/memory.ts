// A repository of trust that lives as long as the process, for tests.
import { trustFilesErrors } from './errors.ts';
import { isTufName, type TufStore } from './store.ts';

export function createMemoryTufStore(): TufStore {
  const files = new Map<string, Uint8Array>();
  const check = (name: string): string => {
    if (isTufName(name)) return name;
    throw trustFilesErrors.name_invalid(`"${name.slice(0, 200)}" is no name of a file here`);
  };
  return {
    read: async (name) => files.get(check(name)),
    write: async (name, bytes) => void files.set(check(name), Uint8Array.from(bytes)),
    async create(name, bytes) {
      if (files.has(check(name))) return false;
      files.set(name, Uint8Array.from(bytes));
      return true;
    },
    remove: async (name) => void files.delete(check(name)),
    list: async () => [...files.keys()],
  };
}
