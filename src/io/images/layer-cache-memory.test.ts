import { createMemoryLayerCache } from './layer-cache-memory.ts';
import { testLayerCache } from './layer-cache-suite.ts';

testLayerCache('memory', async (_t, limitBytes) =>
  createMemoryLayerCache({ limitBytes, generation: 'test' }),
);
