import { testAdvisoryShelf } from './contract-suite.ts';
import { createMemoryShelf } from './memory-shelf.ts';

testAdvisoryShelf('memory shelf', async () => createMemoryShelf());
