// Every bound in one table, with its unit in the name and the reason for the number beside it.
// A reader of bytes from outside takes its bound from here; tests may pass smaller ones.

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

export const limits = Object.freeze({
  /** distribution-spec: a registry should accept 4 MiB; containerd refuses to read more than 8 MiB. */
  manifestBytes: 4 * MiB,
  /** Manifests kept in memory: 10,000 of the usual few kilobytes. */
  manifestCacheBytes: 64 * MiB,
  /** Blobs up to this size are kept in memory once they were read: configs, small layers, signatures, SBOMs. */
  cachedBlobBytes: 1 * MiB,
  /** All of them together. */
  blobCacheBytes: 32 * MiB,
  /** Image configs grow with history; the largest seen in the wild are under 1 MiB. */
  configBytes: 8 * MiB,
  /** distribution-spec: host + "/" + name at most 255 characters. */
  repositoryNameChars: 255,
  /** distribution-spec: tag at most 128 characters. */
  tagChars: 128,
  /** The largest single layer a push may carry; Docker Hub's and ECR's order of magnitude. */
  blobBytes: 64 * GiB,
  /** Uncompressed bytes read from one layer: a bomb ends here; the largest ML images stay under it. */
  layerUnpackedBytes: 64 * GiB,
  /** Uncompressed : compressed above this after the first 64 MiB is a bomb; zstd of zeros reaches 10,000. */
  layerExpansion: 1_000,
  /** Entries over all layers of an image; texlive-full has 300,000. */
  imageEntries: 2_000_000,
  /** Symbolic links of an image that are remembered; a large desktop system has 100,000. */
  imageLinks: 500_000,
  /** Layers of an image; docker itself stops at 127. */
  imageLayers: 512,
  /** A path in a layer, Linux PATH_MAX. */
  pathChars: 4_096,
  /** A pax or GNU long-name header block. */
  tarHeaderExtensionBytes: 1 * MiB,
  /** One wanted file kept in memory: dpkg's status of texlive-full is 9 MiB, an apk database less. */
  wantedFileBytes: 64 * MiB,
  /** Go binaries are read by sections; kubelet-sized binaries are 120 MiB, the largest seen 400 MiB. */
  binaryBytes: 512 * MiB,
  /** All wanted files of an image together that are in memory at once. */
  wantedFilesBytes: 512 * MiB,
  /** What is kept of one layer, packed: Debian with 600 packages comes to 1 MiB. A layer with more is read each time. */
  layerRecordBytes: 32 * MiB,
  /** One package.json; npm's own registry refuses more. */
  packageJsonBytes: 4 * MiB,
  /** One Python package's metadata, or one package's list of files; linux-headers' list is 2 MiB. */
  pythonMetadataBytes: 16 * MiB,
  /** One SBOM document; that of texlive-full is 20 MiB as CycloneDX, GitHub refuses more than 16 MiB. */
  sbomBytes: 64 * MiB,
  /** Packages of one SBOM document: the largest images have 20,000, a company's whole monorepo 100,000. */
  sbomPackages: 250_000,
  /** Lists and objects inside each other in an SBOM document: components at their deepest, and what stands in them. */
  sbomJsonDepth: 256,
  /** CycloneDX components inside components; writers nest two or three deep. */
  sbomDepth: 64,
  /** A JSON body of the API. */
  apiBodyBytes: 1 * MiB,
  /** One advisory record; the largest OSV record (linux kernel) is 3 MiB. */
  advisoryRecordBytes: 16 * MiB,
  /** All records of one package in one feed, unpacked; linux in the tracker is 5 MiB. */
  advisoryBlockBytes: 256 * MiB,
  /** One source package of Debian's tracker; linux has 12,000 CVEs at 1.5 kB each. */
  trackerSourceBytes: 64 * MiB,
  /** One Alpine secdb document; the largest is under 1 MiB. */
  secdbBytes: 32 * MiB,
  /** CISA's catalogue of exploited vulnerabilities; 1,400 entries are 1.3 MB. */
  kevBytes: 64 * MiB,
  /** FIRST's scores, unpacked; 300,000 CVEs are 9 MB. */
  epssBytes: 256 * MiB,
  /** One line of FIRST's scores, the comment included; all are under 100 characters. */
  epssLineChars: 1_000,
  /** A CVSS vector; a v4.0 one with every metric is under 250 characters. */
  cvssVectorChars: 512,
  /** One feed's download: OSV's npm dump is 250 MiB. */
  feedBytes: 2 * GiB,
  /** Entries of one OSV dump; npm's malicious-package records passed 200,000 in 2026. */
  feedEntries: 2_000_000,
  /** A packed advisory store, compressed: every feed of today packs to under 100 MiB. */
  advisoryPackBytes: 1 * GiB,
  /** A packed advisory store, unpacked: every record of OSV is 3 GiB of JSON. */
  advisoryPackUnpackedBytes: 16 * GiB,
  /** Unpacked : compressed of a packed store; records repeat each other, real ones reach 30. */
  advisoryPackExpansion: 500,
  /** The head of a packed store, which lists its feeds; each is under 10 kB with all its scopes. */
  advisoryPackHeadBytes: 4 * MiB,
  /** A registry's or token server's JSON answer that a client reads whole. */
  registryAnswerBytes: 8 * MiB,
  /** A policy file; one with every rule and long lists is under 20 KiB. */
  policyFileBytes: 256 * KiB,
  /** Levels of nesting in a policy file; the deepest that means something is six. */
  policyFileDepth: 32,
  /** Silence of another server while its answer is due; registries that move an upload to S3 think for half a minute. */
  answerIdleMs: 60_000,
  /** Silence of a container engine that saves an image: podman writes a large one whole before its first byte. */
  engineSilenceMs: 15 * 60_000,
  /** What an engine sends for one image, layers unpacked, all platforms: the largest ML images have 60 GiB. */
  engineImageBytes: 256 * GiB,
  /** One answer of a forge's API: a page of 100 comments at GitHub's longest is 6 MiB, GitLab's may be ten times that. */
  forgeAnswerBytes: 64 * MiB,
  /** Pages of one pull request's comments: 10,000 comments; GitHub itself stops at 2,500, GitLab at 5,000. */
  forgePages: 100,
  /** A forge's rate limit is waited for this long, each time it asks; a longer one ends the command. */
  forgeWaitMs: 60_000,
  /** Text that a command reads from a file or standard input, as a comment's body; forges take 1 MB. */
  inputTextBytes: 4 * MiB,
  /** Making a connection, TLS included; a far server needs one second, a lossy line three. */
  connectMs: 15_000,
  /** The head of an answer; Node's own default is 16 KiB, signed redirects of object stores reach 8. */
  answerHeadBytes: 64 * KiB,
  /** Redirects followed for one request; registries need one, mirrors two or three. */
  redirects: 8,
  /** Rest of an unwanted answer that is read so that its connection can be used again. */
  restBytes: 64 * KiB,
  /** Pages of a tags list or referrers list that a client follows. */
  registryPages: 1_000,
  /** Tags pushed with one manifest (`?tag=`); the specification asks for 10, and 100 fit into a header block. */
  manifestTags: 100,
  /** Tags in one answer, whatever was asked for: about 150 kB, 15 ms of work; the rest follows by `Link`. */
  tagsPage: 5_000,
  /** Descriptors in one answer of the referrers API: with usual annotations under 512 KiB. */
  referrersPage: 500,
  /** A token request's form: a name, a password, and 100 scopes. */
  tokenFormBytes: 64 * KiB,
  /** Of a refused request's body, read and thrown away so that the client sees the answer: more than is ever under way. */
  discardedBodyBytes: 16 * MiB,
  /** A request's line and headers together: Node's default; a bearer token is under 12 KiB. */
  requestHeadBytes: 16 * KiB,
  /** A client that has not finished a request's headers by then is cut off. */
  requestHeadMs: 20_000,
  /** A client that has not ended its TLS handshake by then is cut off. */
  handshakeMs: 20_000,
  /** An idle connection is kept this long: longer than the 60 s of usual load balancers, so that they close first. */
  keepAliveMs: 75_000,
  /** One in-toto statement; BuildKit's own bound on an SBOM is 40 MiB, base64 in an envelope adds a third. */
  statementBytes: 56 * MiB,
  /** Statements read of one image; two are usual, a dozen where several signers attest. */
  imageStatements: 64,
  /** All statements read of one image: two SBOMs of the largest size. */
  imageStatementsBytes: 128 * MiB,
  /** What hangs on an image, given to its page at once: a dozen signatures and two inventories of some MiB each. */
  pageEvidenceBytes: 16 * MiB,
  /** Subjects of one statement; a release of many files has hundreds. */
  statementSubjects: 10_000,
  /** Materials of one provenance; builds with a package lock list a few thousand. */
  provenanceMaterials: 10_000,
  /** An address or type within a statement. */
  uriChars: 4_096,
  /** Images that could be a base and are asked for, of one image; the longest Dockerfiles have some 20 FROM lines. */
  baseCandidates: 32,
  /** All asking of other registries for the base of one image. */
  baseLookupMs: 15_000,
  /** Images and names in one answer about layers. */
  knownImages: 100,
  /** diffIDs in one question about layers: what fits into a request's head at 80 bytes each; docker stops at 127. */
  askedDiffIds: 160,
  /** Referrers of one manifest; each is a signature, an inventory or a statement. */
  registryReferrers: 20_000,
  /** An upload without a byte for this long is dropped. */
  uploadIdleMs: 24 * 60 * 60 * 1000,
  /** A client that sends nothing for this long while a body is due is cut off. */
  bodyIdleMs: 5 * 60 * 1000,
  /** And one that sends or takes less than this within that time: 218 bytes a second, a tenth of the slowest modem. */
  bodyWindowBytes: 64 * KiB,
  /** Connections that are served at once: each takes some 20 KB while idle, and a file of the process's usual 20,000 and up. */
  connections: 15_000,
  /** An idle connection that is younger is probably between two requests of one pull; no other takes its place. */
  connectionSettledMs: 1_000,
  /** Moves of one tag that are remembered: a nightly build's last three months. */
  tagChanges: 100,
  /** Webhooks of an instance: each is asked at every change. */
  webhooks: 100,
  /** A webhook's address; what browsers and proxies take. */
  webhookUrlChars: 2_000,
  /** Ended deliveries of one webhook that are remembered: enough to see when it began to fail. */
  webhookDeliveries: 100,
  /** Deliveries of one webhook that may wait: a receiver that is down for a day, at a push a minute. */
  webhookWaiting: 1_500,
  /** The body of one delivery: large receivers take 25 MiB, small ones (chat) refuse over 1 MiB. */
  webhookBodyBytes: 256 * KiB,
  /** A receiver's answer is due within this; it should take note and work later. */
  webhookAnswerMs: 10_000,
  /** An AdmissionReview with an object and the one before it; etcd keeps 1.5 MiB of each, the API server reads 3 MiB. */
  admissionReviewBytes: 8 * MiB,
  /** Images of one workload, or keys of one question of Gatekeeper's; pods have some ten containers. */
  gateImages: 256,
  /** A gate's whole answer is due within this: containerd and webhooks wait for ten seconds. */
  gateAnswerMs: 8_000,
  /** Images of one question, and statements of one image, that are fetched at the same time: one workload must not take all connections. */
  gateLookups: 8,
  /** Answers about digests that a gate remembers; each has some sentences. */
  gateAnswers: 10_000,
  /** Of a denial: kubectl prints it whole, and API servers keep it in events. */
  gateMessageChars: 4_000,
  /** Of one warning: Kubernetes may cut what is over 256. */
  gateWarningChars: 250,
  /** Warnings of one answer: Kubernetes allows 4,096 characters together. */
  gateWarnings: 15,
  /** What containerd hands over: an OCI descriptor, or that with a container's annotations. */
  verifierInputBytes: 1 * MiB,
  /** Of a verifier's reason; containerd reads 32 KiB. */
  verifierReasonChars: 8_000,
  /** A signed note: a log's checkpoint is under 300 characters, a dozen witnesses' largest signatures add 80,000. */
  noteChars: 100_000,
  /** Patterns of tags that cannot move, in one repository; each is tried at every move. */
  tagPatterns: 20,
  /** Tags that wait for their owner, in one answer; who has more has been broken into and drops them all. */
  tagHoldsPage: 500,
  /** Platforms of an image that a move of its tag is judged by; official images have up to a dozen. */
  sentinelPlatforms: 16,
  /** An image's config, while a push waits; with a long history it has 100 KiB. */
  sentinelConfigBytes: MiB,
  /** Provenances looked for among the statements of an image while a push waits; one or two are usual. */
  sentinelStatements: 4,
  /** One such statement: BuildKit's largest provenances (mode max) have some 500 KiB, base64 in an envelope adds a third. */
  sentinelStatementBytes: 2 * MiB,
  /** Packages of an image by name, to compare with those of the one before; large images have 3,000. */
  sentinelPackages: 20_000,
  /** Moves of a repository, back from now, that a move is compared with: half a year of daily releases. */
  sentinelMoves: 500,
  /** Earlier images of a tag that are read where one differs: a change that was made before is not new. */
  sentinelEarlier: 5,
  /** A sentence of the sentinel, cut there: provenances and configs may name anything at any length. */
  sentinelWhyChars: 500,
  /** Why a tag was deleted that could not move: a sentence or two, kept for ever in the log. */
  tagReasonChars: 500,
  /** Moves of a tag in one answer. */
  tagMovesPage: 100,
  /** Entries of a tag log that `history --verify` reads whole: 40 bundles, 4 MB. A larger log is proven by its tiles. */
  logEntriesRead: 10_000,
  /** Moves of one tag that `history` asks for: a push each hour for a year. */
  historyMoves: 10_000,
  /** A bundle of 256 entries of the largest size. */
  logBundleBytes: 17 * MiB,
  /** Permissions of one access token: each is a pattern that every use is matched with. */
  tokenPermissions: 50,
  /** Access tokens of one account or robot that are not revoked, refresh tokens apart. */
  accessTokens: 200,
  /** Client certificates registered for one account or robot. */
  certificates: 100,
  /** Names in one client certificate: each is looked up at its first use. Certificates for people and jobs have one or two. */
  certificateNames: 16,
  /** Of one such name; a SPIFFE ID is at most 2,048 bytes, a host 253, a common name 64. */
  certificateNameChars: 2_048,
  /** Certificates in one PEM file: the bundle of all public authorities has about 150. */
  certificatesInFile: 1_000,
  /** A PEM file of certificates or a key; the bundle of all public authorities has 230 KiB. */
  pemFileBytes: 2 * MiB,
  /** Refresh tokens of one account: a login on each of its machines; the oldest goes. */
  refreshTokens: 50,
  /** Names and addresses of which wrong passwords are counted; each takes some hundred bytes. */
  loginFailures: 10_000,
  /** What refers to one manifest, as one index under its fallback tag: some 300 bytes each, under `manifestBytes`. */
  fallbackReferrers: 10_000,
  /** Addresses or accounts of which pulls or requests are counted; each takes some hundred bytes. */
  rateCounts: 100_000,
  /** Different pulls that wait for their row; a flush of as many holds the database for a tenth of a second. */
  pullsWaiting: 4_096,
  /** Pullers of which is remembered what they were just shown, so that an index and its platform are one pull. */
  pullersRemembered: 20_000,
  /** Indexes and tags remembered of each: builds read some dozen bases of one repository at most. */
  pullerMemory: 16,
  /** What follows within this belongs to one pull; a mirror takes some minutes for all platforms of an index. */
  pullFollowMs: 15 * 60 * 1000,
  /** Days for which pulls are kept by day; sums stay. A year and a month, to compare with the year before. */
  pullDays: 400,
  /** Tags that one call of retention removes: each is a transaction, and a client waits; the rest is another call. */
  retentionTags: 1_000,
  /** A file with a retention rule. */
  retentionFileBytes: 64 * KiB,
  /** Trusted publishers of one repository or namespace: each is matched with every identity token of its issuer. */
  publishers: 50,
  /** An identity token; GitHub's and GitLab's have 2 KB, and a Basic header with it must fit into a request's head. */
  idTokenChars: 10_000,
  /** An issuer's discovery document or key set; Google's and GitHub's have under 10 KB. */
  issuerAnswerBytes: 512 * KiB,
  /** An issuer's whole answer is due within this: a job waits. */
  issuerAnswerMs: 10_000,
  /** Rows of the audit log in one answer. */
  auditPage: 1_000,
  /** Rows of one kind that are remembered while nobody writes; some hundred bytes each. */
  rememberedRows: 20_000,
  /** Places that one damaged blob is asked for in one try: a mirror mostly has it under one name of them. */
  repairPlaces: 20,
  /** Bytes a second that all repairs fetch together: a quarter of a gigabit line. */
  repairBytesPerSecond: 32 * MiB,
  /** One try to repair one blob: the largest takes half an hour at that rate, a slow mirror longer. */
  repairMs: 12 * 60 * 60 * 1000,
  /** Damaged blobs in one answer: more than anybody reads one by one. */
  damagePage: 1_000,
  /** Images shown of one damaged blob, and tags of each: whether there are more is said beside. */
  damagedImages: 50,
  /** A Notary Project envelope: four certificates and a timestamp come to 20 KB. */
  notationEnvelopeBytes: 1 * MiB,
  /** Certificates of one chain, and of one timestamp; public ones have three or four. */
  notationCertificates: 20,
  /** One certificate; the largest seen carry long lists of names. */
  certificateBytes: 64 * KiB,
  /** One RFC 3161 token: with the authority’s chain it has 6 KB. */
  timestampTokenBytes: 128 * KiB,
  /** A distinguished name as a person writes it. */
  nameChars: 4_096,
  /** A Notary Project trust policy; a company's with a scope for each repository has some ten thousand lines. */
  trustPolicyBytes: 4 * MiB,
  /** ASN.1 values inside each other; a timestamp token with its certificates has some 15. */
  asn1Depth: 40,
  /** ASN.1 values in one certificate or token; a token with a long chain has some 1,000. */
  asn1Nodes: 10_000,
  /** An object identifier; the longest in use have under 20. */
  asn1OidBytes: 64,
  /** Certificates from a signer to its root; five are rare. */
  certificateChain: 10,
  /** Signed certificate timestamps in one certificate; browsers ask for two or three. */
  certificateTimestamps: 16,
  /** PEM of a key or a chain. */
  pemChars: 256 * KiB,
  /** An RFC 3161 timestamp with its authority's certificates; real ones have 1 to 8 KiB. */
  timestampBytes: 64 * KiB,
  /** Timestamps of one signature, and entries in logs; one of each is usual. */
  signatureProofs: 16,
  /** One signature; ML-DSA-87 has 4,627 bytes, SLH-DSA at most 49,856. */
  signatureBytes: 64 * KiB,
  /** What a log keeps of one entry; old entries hold a whole envelope. */
  logBodyBytes: 8 * MiB,
  /** Hashes from a leaf to its root: a tree of 2^53 leaves. */
  logProofHashes: 64,
  /** A bundle: a statement of the largest size in base64 and JSON, and what proves it. */
  signatureBundleBytes: 80 * MiB,
  /** A trusted root; Sigstore's public one has 7 KiB. */
  trustedRootBytes: 4 * MiB,
  /** Authorities or logs of one kind in a trusted root: one a year, for a century, of ten instances. */
  trustedRootMembers: 1_000,
  /** A pattern of an identity; RE2 is linear in the text, but its program grows with the pattern. */
  identityPatternChars: 1_000,
  /** Parameters of a build that are shown and compared; BuildKit's largest requests have some hundred. */
  provenanceParameters: 1_000,
  /** A request for a timestamp: a hash and a nonce come to 200 bytes. */
  timestampRequestBytes: 64 * KiB,
  /** Characters of an issuer, a subject or a claim in a certificate; GitHub's longest workflow references have 300. */
  identityChars: 2_000,
  /** The file of a private key; RSA-4096 under a passphrase has 3.5 KB. */
  keyFileBytes: 16 * KiB,
  /** Memory that opening a key of cosign's may take, as its file says; cosign writes 64 MiB. */
  scryptBytes: 256 * MiB,
  /** A KMS plug-in answers within this: a token in another continent takes a second, its PIN may be typed. */
  keyPluginMs: 60_000,
  /** Names in a policy of witnesses; C2SP tlog-policy asks for 32 logs, witnesses and groups each. */
  witnessPolicyNames: 256,
  /** 256 witnesses with ML-DSA-44 keys of 1,800 characters each. */
  witnessPolicyChars: 600_000,
  /** What is posted to a witness, or answered by one: 63 hashes and a checkpoint with every witness's line. */
  witnessBytes: 256 * KiB,
  /** A witness that takes longer is gone on without: a signature waits for it. */
  witnessAnswerMs: 2_000,
  /** What a KMS plug-in answers: a public key of RSA-4096 has 800 bytes. */
  keyPluginBytes: 64 * KiB,
  /** A request for a certificate, a timestamp or an entry of a log: a token of 10 KB and a key, or a certificate of 4 KB. */
  trustRequestBytes: 64 * KiB,
  /** Certificates, timestamps and entries that one network gets in a minute: what 400 signatures take. */
  trustRequestsPerMinute: 1_200,
  /** Entries of strangers that one network logs in a minute: they are kept for ever, and nobody vouches for them. */
  trustEntriesPerMinute: 60,
  /** What the certificate log answers at once: 2 KB each; monitors ask again. */
  trustPrecertificates: 256,
  /** A reference to a key: an ARN has 100 characters, a PKCS #11 URI with all its parts some 500. */
  keyReferenceChars: 2_000,
  /** A PIN or its file; PKCS #11 tokens take at most 255 bytes. */
  keyPinBytes: 1 * KiB,
  /** A token answers within this: a PIN may be typed at its reader, a smart card makes RSA-3072 in half a minute. */
  keyTokenMs: 60_000,
  /** A key service answers within this, tries included; it is asked for each signature, and somebody waits. */
  keyServiceMs: 20_000,
  /** What a key service answers: Vault lists all versions of a key, 800 bytes each. */
  keyServiceBytes: 1 * MiB,
  /** Ed25519 signs the message itself, so it is sent whole; in base64 it stays under Vault's 32 MiB. */
  keyMessageBytes: 16 * MiB,
  /** One frame between the server and the process that has a token's module: such a message in base64, in JSON. */
  keyFrameBytes: 24 * MiB,
  /** What a token says of one attribute: a certificate has 2 KB, a modulus 512 bytes. */
  keyAttributeBytes: 16 * KiB,
  /** Slots of one module: a hardware module with a partition for each of a company's applications has hundreds. */
  keySlots: 1_000,
  /** Entries that a log writes at once: a megabyte in one transaction. */
  logBatch: 512,
  /** One role file of Notary v1; the real client stops at 100 MiB, 50,000 tags with long names are 10 MiB. */
  trustFileBytes: 16 * MiB,
  /** The timestamp of Notary v1, read before anything says how long it is; the real client has the same bound. */
  trustTimestampBytes: 1 * MiB,
  /** Lists and objects inside each other in a role file; the format has six levels, and custom members some more. */
  trustFileDepth: 64,
  /** Signatures of one role file; roots carry one for each earlier root key, a handful. */
  trustSignatures: 256,
  /** Delegations below one another and beside one another; a repository with a signer for each employee has hundreds. */
  trustDelegations: 1_000,
  /** Earlier versions of a root; each is a rotation of keys, and a rotation a day for two years is under it. */
  trustRoots: 1_000,
  /** Certificates of one key of a role file: an owner's and those that issued it, three at most. */
  trustCertificates: 16,
  /** The keys of one role file; a root has five. */
  trustKeys: 2_000,
  /** All role files of one repository that one import fetches: a thousand delegations of a usual size are 3 MiB. */
  trustArchiveBytes: 256 * MiB,
  /** What an archive of trust data says of itself: thousands of imports of a usual repository, a hundred of the largest. */
  trustManifestBytes: 64 * MiB,
  /** One role file of The Update Framework; Sigstore's largest has 6 KiB, a root with a hundred keys 60 KiB. */
  tufFileBytes: 1 * MiB,
  /** Keys, and signatures, of one such file: Sigstore's root has five holders, and the keys that were replaced. */
  tufKeys: 100,
  /** Earlier roots that a client walks through at once: a change of keys each week for ten years. */
  tufRoots: 520,
  /** One target of a trusted root's repository. */
  tufTargetBytes: 4 * MiB,
  /** Trusted roots that one user keeps; each is refreshed by itself. */
  trustedRootNames: 100,
  /** What a part keeps of one instance, and what that answers: two keys, a certificate and authorities of 1 KiB each. */
  partFileBytes: 64 * KiB,
  /** Authorities of one trust domain: one, and two while it is renewed. */
  partAuthorities: 16,
  /** An invitation is one line of some 50 characters. */
  partInvitationBytes: 1 * KiB,
  /** An instance gives a certificate within this: a gate that must renew first still answers within its eight seconds. */
  partAnswerMs: 5_000,
  /** Another process on this machine has renewed the certificate within this; it waits for the instance as long. */
  partLockMs: 6_000,
  /** What Fulcio, Rekor or a timestamp authority answers; Rekor v1 gives back a whole envelope with a statement. */
  sigstoreAnswerBytes: 80 * MiB,
  /** A certificate authority or a log answers within this: Rekor's logs of tiles gather entries for seconds. */
  sigstoreAnswerMs: 60_000,
  /** An OCSP answer about one certificate, with its responder's certificate: 500 bytes to 5 KiB. */
  ocspAnswerBytes: 64 * KiB,
  /** An OCSP responder answers within this: most do within a tenth of it. */
  ocspAnswerMs: 10_000,
  /** A certificate revocation list; the largest of public authorities have some 10 MiB. */
  crlBytes: 32 * MiB,
  /** A revocation list is there within this: 32 MiB over a line of 10 Mbit/s. */
  crlAnswerMs: 30_000,
  /** Addresses of one certificate that are asked, of OCSP and of lists each; two are rare. */
  revocationPlaces: 4,
  /** An answer on revocation that does not say how long it holds is believed so long; it may be an old one shown anew. */
  revocationFreshMs: 60 * 60 * 1000,
  /** How far the clock of who answers on revocation may be ahead of this one. */
  revocationSkewMs: 5 * 60 * 1000,
  /** A signing configuration; Sigstore's public one has 1.2 KB. */
  signingConfigBytes: 1 * MiB,
  /** Services of one kind in a signing configuration: one a year, for a century. */
  signingServices: 100,
  /** An identity token; those of CI jobs have 2 KB, of people in many groups 10. */
  identityTokenChars: 64 * KiB,
  /** Signatures under one old tag `sha256-….sig`: a manifest of these has some 2 MiB with their certificates. */
  oldSignatures: 500,
  /** What one act signs: an index, its platforms and their attestations; the largest public index has some 40. */
  signedSubjects: 1_000,
  /** Signatures and statements read of one image, its index and what builders attached, in all: each signer adds a handful. */
  imageSignatures: 256,
  /** Images of one index on which a gate looks for signatures; the largest official index has some 15 platforms. */
  indexImages: 64,
  /** An image as a gate names it: a repository of 255 characters, a tag of 128, a SHA-512. */
  verdictImageChars: 528,
  /** Images of one question of a gate: a pod has a handful of containers, a large deployment dozens. */
  verdictImages: 100,
  /** Reasons of one verdict: a policy has a dozen rules, an index a handful of platforms; a person reads three. */
  verdictReasons: 50,
  /** What a mark says of one rule of one platform, in characters; the whole statement stays far below a megabyte. */
  markReasonChars: 500,
  /** Rules times platforms that a mark tells of, failures first: a dozen rules of forty platforms. */
  markRules: 500,
  /** Marks that are remembered of one digest: an advisory a week that changes the answer fills it in a year. */
  marksKept: 50,
  /** Why something was revoked: a sentence or two, signed and kept for ever. */
  revocationWhyChars: 500,
  /** A key's hash, a serial number, or an identity as a certificate has it. */
  revocationValueChars: 2_048,
  /** Revocations of one answer: each is a signed bundle of some 6 KiB. */
  revocationsPage: 100,
  /** Digests that the list of revocations is asked about at once: an index and its platforms, some 80 bytes each in an address. */
  revocationDigests: 50,
  /** Statements of an instance's list that a verification reads: those of one image and of all keys and identities. */
  revocationsRead: 1_000,
  /** One page of that list. */
  revocationsPageBytes: 4 * MiB,
  /** Unexpected signers that a repository remembers, the oldest goes: a person looks at a handful. */
  unexpectedIdentities: 50,
  /** Signatures without a proof that are listed of a repository: beyond, one reason repeats itself. */
  unprovedSignatures: 50,
  /** Why somebody is expected to sign, or no longer: a sentence or two. */
  identityReasonChars: 500,
  /** A public key as a person hands it in: RSA-4096 in PEM has 800. */
  publicKeyChars: 4_096,
  /** One build's record as it is kept: BuildKit's largest has thousands of materials of a hundred bytes. */
  buildRecordBytes: 512 * KiB,
  /** A parameter of a build is kept up to here, beyond that by its hash: a Dockerfile inline has thousands. */
  buildParameterChars: 256,
  /** Moves of a tag of which one answer tells how they were built: each compares a handful of platforms. */
  buildChangesPage: 20,
  /** What is told of one move, in sentences: a message has room for a few. */
  buildChangesTold: 20,
  /** A file that asks for two certificates below an instance's root: a root, two keys and their certificates, some 6 KiB. */
  renewalBytes: 64 * KiB,
  /** Rows of one kind in the report of keys, those that are due first: more than anybody renews in a week. */
  reportedKeys: 1_000,
  /** Sockets get this long to finish their request after SIGTERM; Kubernetes kills after 30 s. */
  drainMs: 25_000,
  /** Parts of an instance: gates, mirrors and workers of an organisation, not its containers. */
  parts: 1_000,
  /** Processes that are the same part: replicas of a gate in a large cluster, and those that are gone for a month. */
  partHolders: 1_000,
  /** Invitations to one part that hold at a time. */
  partInvitations: 100,
  /** Joins by one invitation: the replicas of one deployment. */
  partInvitationUses: 100,
  /** An invitation is a secret in somebody's hands: a week covers a roll-out. */
  partInvitationMs: 7 * 24 * 60 * 60 * 1000,
  /** A part that was off this long joins anew: whoever finds its disk later has nothing. */
  partLapseMs: 30 * 24 * 60 * 60 * 1000,
});

/** The table with any numbers: tests pass smaller ones. */
export type Limits = { readonly [K in keyof typeof limits]: number };
