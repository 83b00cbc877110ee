// Vectors made once with golang.org/x/mod v0.20.0, sumdb/tlog and sumdb/note: a log of 300 leaves, the texts
// `entry 0` to `entry 299` (`tlog.StoredHashes`), roots by `tlog.TreeHash`, proofs by `tlog.ProveRecord` and
// `tlog.ProveTree`, and a checkpoint of it by `note.Sign` with the Ed25519 seed of 32 bytes 0x07.

/** Size of the tree, its root. */
export const goRoots: readonly (readonly [number, string])[] = [
  [1, 'dziFphNIniTOLPdhmdakI/BC5LvxLX7s7pEu8nbGVwE='],
  [2, 'WkdmL9ijF9lgSaP59HxV3GfKZgUbqjaD27GbL+CaB7A='],
  [3, 'lPvQ3YNvUDAWkubQ6t5yjuGexSv/8WBu2AfIV11aqhk='],
  [7, 'mMl/C6MXXNCLAx3QhLncTmSbZNGijm6mlGRlAxc6tYc='],
  [8, 'tpcyzlyRQWLKmsz69OldP5h01ogFQ3CIqv8YSk25Z3M='],
  [255, 'z2Z5PmMp3/JC6zzuCm82rT46GW3MVzoex3XhAr6GPxw='],
  [256, '2mWW2VNp9f7zIquOTg2jsLUCNqqcijsdJG90Ecni4y4='],
  [257, 'XB/f6DU1gCLyOS3keNvgU/wTDP4dOggoeakM9r8Uv34='],
  [300, 'yjk9Apa+xeC43KuYO9H7fRRh9RLnJny4ljGtJv1m2Eg='],
];

/** Size of the tree, index of the leaf, its audit path. */
export const goInclusion: readonly (readonly [number, number, string])[] = [
  [1, 0, ''],
  [
    7,
    3,
    'V8efTzGuApxdS9MLBzwnyU35NDiytGl+Hh7vW8A5SkE= WkdmL9ijF9lgSaP59HxV3GfKZgUbqjaD27GbL+CaB7A= lK+4osoFHAVFjqOdzRmxvWjn4zUp8QtDnSphWlH2NuI=',
  ],
  [
    8,
    7,
    'vhV4G2KKKEFMHIoRuG24Qi+hBBIV/g18RJbSPNoeQUI= 3QN52DrH8WTn7qMM3O+1dQglTEj3Zq/M09l2Nl4yjMw= l5nzB1F+9RfCIF35tndivzR1ayAJn7ffzOdrzr0nOy4=',
  ],
  [257, 256, '2mWW2VNp9f7zIquOTg2jsLUCNqqcijsdJG90Ecni4y4='],
  [
    300,
    0,
    'Lfs2xvZsrDYUKc9G34aKuCQtOmRB8Qmcj7P5jsXRCKQ= 3b3oD8zesxmO9puOHwk0+84pbGur+3OFdKT2KXImZ5M= GhZ/vGuCwqdE9v+gpidhde2wC9MFkqXnT3ohqdIDqCg= fGUIzhK9/NpXQgT6uIEfs8HvZPefJgpa46VO6vARajs= FKwDuxqLeZp+HKNXHH6CcyuHE07dTBaaIywEnGZAU/Y= TJPs4ff/W2Yw6vf0QxuRWh/jb6/uFa2de+Kl7KPTyV0= Ze8RuTpVMVeWmDPL1EnDybvtS4U5yk/7vMV3d6qURoU= CwAYp5VoF7uxVS8pr5XTr7/7x3vezc1u1cmao1mHleA= ruluENNmx7XMmcrclg/HTCS10kkNUlBQYS+Bm3Of5NU=',
  ],
  [
    300,
    133,
    '4ZEMHUD3SSWLw2SYA+MqbDzytqBOrYa1gT3kNsyJTow= 9E2YpgcXngSuxAFAK+4lgZw3GMf0GSm4CTyRq79ss9E= TbTsFQPq/42mLE/3LL0JIMfDaOAGaVH0x0O0EY1ysf4= lH5yASOvzrLHIf73Ti6YTH05oIZT+wS0EC8Di6GeHcw= 201p/5r4swoxa04bVRm/r5wKLiQl59DvSlMwKqwaafE= r9uRvf9OSICD8HWcFIwhYJV/6oM1Daj/AIwnbsCf0fU= h8sS4B+vXqcbKTq53TiqUX7Z0jeqwptUTenZGOvg6Xc= Y9TldO9rV2Bvn1rrhx8jsQshQGvXUIJNxBcKNW6Adyk= ruluENNmx7XMmcrclg/HTCS10kkNUlBQYS+Bm3Of5NU=',
  ],
  [
    300,
    299,
    'byywqDTjf/wOYrKvvqIQOomvjgWyphZmY9wP3u3mvmc= WIt80rAhzfLWAMZKtYqEUqt9zDsiR8aAwmZp95TUWzc= DSBEUTY5hE0/elclREuBapll+q6i4hRmDohxDI6axb4= R6PPvsyXR0xVU54IJQIfiQiuEQthLz8fb5CIAjIj3dQ= 2mWW2VNp9f7zIquOTg2jsLUCNqqcijsdJG90Ecni4y4=',
  ],
];

/** Size before, size after, the proof. */
export const goConsistency: readonly (readonly [number, number, string])[] = [
  [1, 2, 'Lfs2xvZsrDYUKc9G34aKuCQtOmRB8Qmcj7P5jsXRCKQ='],
  [
    3,
    7,
    'V8efTzGuApxdS9MLBzwnyU35NDiytGl+Hh7vW8A5SkE= YcoROfaBWEHVuvLQ0tm9nf7pfImN1ve6DAqpQe5sAes= WkdmL9ijF9lgSaP59HxV3GfKZgUbqjaD27GbL+CaB7A= lK+4osoFHAVFjqOdzRmxvWjn4zUp8QtDnSphWlH2NuI=',
  ],
  [4, 8, 'GhZ/vGuCwqdE9v+gpidhde2wC9MFkqXnT3ohqdIDqCg='],
  [
    1,
    300,
    'Lfs2xvZsrDYUKc9G34aKuCQtOmRB8Qmcj7P5jsXRCKQ= 3b3oD8zesxmO9puOHwk0+84pbGur+3OFdKT2KXImZ5M= GhZ/vGuCwqdE9v+gpidhde2wC9MFkqXnT3ohqdIDqCg= fGUIzhK9/NpXQgT6uIEfs8HvZPefJgpa46VO6vARajs= FKwDuxqLeZp+HKNXHH6CcyuHE07dTBaaIywEnGZAU/Y= TJPs4ff/W2Yw6vf0QxuRWh/jb6/uFa2de+Kl7KPTyV0= Ze8RuTpVMVeWmDPL1EnDybvtS4U5yk/7vMV3d6qURoU= CwAYp5VoF7uxVS8pr5XTr7/7x3vezc1u1cmao1mHleA= ruluENNmx7XMmcrclg/HTCS10kkNUlBQYS+Bm3Of5NU=',
  ],
  [256, 300, 'ruluENNmx7XMmcrclg/HTCS10kkNUlBQYS+Bm3Of5NU='],
  [
    257,
    300,
    'och3qCTSUz777hlgt/L+QiRFD2nDsOPT6crMdZzizvM= Zzfq7PJKMKRDW+Ia/QZ10zhbqJndwwIq2D/EJrcmocg= 2weeEv1ePZMy8exWWKzE6FpvDpAzz2A1iesE6ylmbLA= 7A6bpI1GmR6NGFgFuj/BgvreGpnnWjMh7jpUpfFX/9Y= j5skCCcPLx74uhIGjb2eVcJW3MNaAyitOgRkyFHQZow= v0dikrucGz5rXeXt96RtXdQFP3sKvfT+qOw4RgGnaMA= 2NT2AO7LLoXzveZkQaIJHqJC72yUTyHkuXtq8nXuqsc= 2mWW2VNp9f7zIquOTg2jsLUCNqqcijsdJG90Ecni4y4=',
  ],
  [
    299,
    300,
    'byywqDTjf/wOYrKvvqIQOomvjgWyphZmY9wP3u3mvmc= 2iVxGxC1d+MamrbvpMsq5liO6AUpUjNfE+lYeXxGOwU= WIt80rAhzfLWAMZKtYqEUqt9zDsiR8aAwmZp95TUWzc= DSBEUTY5hE0/elclREuBapll+q6i4hRmDohxDI6axb4= R6PPvsyXR0xVU54IJQIfiQiuEQthLz8fb5CIAjIj3dQ= 2mWW2VNp9f7zIquOTg2jsLUCNqqcijsdJG90Ecni4y4=',
  ],
];

export const goKey = 'registry.example.org/tlog+0ace45c4+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs';

export const goNote =
  'registry.example.org/tlog\n300\nyjk9Apa+xeC43KuYO9H7fRRh9RLnJny4ljGtJv1m2Eg=\n\n' +
  '— registry.example.org/tlog Cs5FxJwSQTQCB3BOi2PcKe4t0W7GHnAITfd83wKNMJtjOhnXVdw6/F+BAuJLc0JBu1Wuvo0vKVXwyK9P0TGO+HggPwA=\n';

/** The example of a path in C2SP tlog-tiles. */
export const specificationPath = { text: 'x001/x234/067', position: 1_234_067 };
