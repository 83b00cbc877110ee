import { testSigningKey } from './contract-suite.ts';
import { createMemoryKey } from './memory.ts';

testSigningKey('keys in memory', (_t, algorithm) => createMemoryKey(algorithm));
testSigningKey('keys in memory', (_t, algorithm) => createMemoryKey(algorithm), ['ecdsa-p521-sha512']);
