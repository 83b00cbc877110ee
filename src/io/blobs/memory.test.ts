import { testBlobStore } from './contract-suite.ts';
import { createMemoryBlobStore } from './memory.ts';

testBlobStore('memory', async () => ({
  store: createMemoryBlobStore(),
  [Symbol.asyncDispose]: async () => {},
}));
