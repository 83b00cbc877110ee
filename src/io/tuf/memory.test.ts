import { testTufStore } from './contract-suite.ts';
import { createMemoryTufStore } from './memory.ts';

testTufStore('memory', async () => createMemoryTufStore());
