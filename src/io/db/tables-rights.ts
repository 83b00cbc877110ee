// The rows of who may do what: part of tables.ts, whose conventions hold here too.

/** The first part of repositories' names, and whose it is. Accounts and organisations share one set of names. */
export interface NamespaceTable {
  name: string;
  /** 'account' | 'organisation' */
  kind: string;
  /** What becomes of a repository that is made here: 1 is public. */
  is_public: number;
  created_at: number;
}

/** Who belongs to an organisation. Alone it gives no right; a role does. */
export interface MemberTable {
  namespace: string;
  account_id: string;
  created_at: number;
}

export interface TeamTable {
  id: string;
  namespace: string;
  name: string;
  created_at: number;
}

export interface TeamMemberTable {
  team_id: string;
  account_id: string;
}

/** The one table of rights: what a subject is in a namespace or a repository. */
export interface RoleTable {
  /** 'namespace' | 'repository' */
  target_kind: string;
  /** The namespace, or the repository's whole name, which need not be there yet. */
  target: string;
  /** 'account' | 'team' | 'robot' | 'publisher' */
  subject_kind: string;
  subject_id: string;
  /** 'reader' | 'writer' | 'maintainer' | 'owner' */
  role: string;
  created_at: number;
}

export interface RobotTable {
  id: string;
  namespace: string;
  name: string;
  created_at: number;
}

/** Secrets that stand for an account or a robot. The secret itself is nowhere. */
export interface AccessTokenTable {
  id: string;
  /** 'personal' | 'robot' | 'refresh' */
  kind: string;
  /** Of the account or the robot. */
  owner_id: string;
  name: string;
  /** SHA-256 of the secret, hex. */
  secret_hash: string;
  /** Permissions as JSON; null: all that the owner may. */
  permissions_json: string | null;
  /** Of a refresh token: the token that it was got with, with which it ends; null where that was a password. */
  parent_id: string | null;
  created_at: number;
  expires_at: number | null;
  /** At most a minute behind. */
  last_used_at: number | null;
  revoked_at: number | null;
}

/** A client certificate that stands for an account or a robot. */
export interface CertificateTable {
  id: string;
  /** 'account' | 'robot' */
  owner_kind: string;
  owner_id: string;
  name: string;
  /** 'fingerprint' | 'uri' | 'email' | 'dns' | 'common-name' */
  identity_kind: string;
  /** SHA-256 of its DER, hex; or the name that the authority put into it. */
  identity: string;
  /** Permissions as JSON; null: all that the owner may. */
  permissions_json: string | null;
  created_at: number;
  expires_at: number | null;
  /** At most a minute behind. */
  last_used_at: number | null;
}

/** A job elsewhere that may push: whose identity tokens are taken for which target (its role row). */
export interface PublisherTable {
  id: string;
  target_kind: string;
  target: string;
  issuer: string;
  audience: string;
  subject_pattern: string;
  /** Claim names and patterns as JSON. */
  claims_json: string;
  created_at: number;
  created_by: string;
  last_used_at: number | null;
}

/** Identity tokens that were used, until they end by themselves. */
export interface UsedIdTokenTable {
  /** SHA-256 of issuer and jti, hex. */
  id: string;
  /** Where it was first used from; another place is refused. Empty: it may not be used again at all. */
  used_from: string;
  expires_at: number;
}

/** Which account somebody is who signs in elsewhere. */
export interface IdentityTable {
  issuer: string;
  subject: string;
  account_id: string;
  created_at: number;
}

/** Browsers that are signed in. */
export interface SessionTable {
  /** SHA-256 of the cookie's secret, hex. */
  secret_hash: string;
  account_id: string;
  expires_at: number;
}

/** What was done, by whom. Only ever added to; each row's hash covers the one before. */
export interface AuditTable {
  /** From 1, without a gap. */
  seq: number;
  at: number;
  who: string;
  via: string;
  action: string;
  target: string;
  digest: string | null;
  detail_json: string;
  hash: string;
}

export interface RightsTables {
  namespace: NamespaceTable;
  member: MemberTable;
  team: TeamTable;
  team_member: TeamMemberTable;
  role: RoleTable;
  robot: RobotTable;
  access_token: AccessTokenTable;
  certificate: CertificateTable;
  publisher: PublisherTable;
  used_id_token: UsedIdTokenTable;
  identity: IdentityTable;
  session: SessionTable;
  audit: AuditTable;
}
