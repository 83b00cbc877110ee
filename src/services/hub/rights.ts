// Everything about who somebody is and what they may, put together once: for the product and for tests alike.
import type { Database } from '../../io/db/database.ts';
import type { Http } from '../../io/net/http.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { type Access, createAccess } from './access.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { type AuditLog, createAuditLog } from './audit.ts';
import { type Certificates, createCertificates } from './certificates.ts';
import { createIdentities, type Identities } from './identities.ts';
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts';
import { createLoginBrake } from './login-brake.ts';
import { createLogins, type Logins } from './logins.ts';
import { createOrganisations, type Organisations } from './organisations.ts';
import { createPublishers, type Publishers } from './publishers.ts';
import { createRobots, type Robots } from './robots.ts';
import { createRoles, type Roles } from './roles.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createSignIn, type SignIn, type SignInSettings } from './sign-in.ts';
import { createTokens, type Tokens } from './tokens.ts';

export interface Rights {
  readonly accounts: Accounts;
  readonly access: Access;
  readonly accessTokens: AccessTokens;
  readonly audit: AuditLog;
  readonly certificates: Certificates;
  readonly identities: Identities;
  /** Of the issuers whose identity tokens may be trusted at all. */
  readonly issuerKeys: IssuerKeys;
  readonly logins: Logins;
  readonly organisations: Organisations;
  readonly publishers: Publishers;
  readonly robots: Robots;
  readonly roles: Roles;
  readonly sessions: Sessions;
  /** Absent where no provider is configured. */
  readonly signIn?: SignIn;
  readonly tokens: Tokens;
}

export function createRights(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** Asks issuers for their keys. */
  readonly http: Pick<Http, 'request' | 'allowsPlaintext'>;
  /** Whose identity tokens may be trusted at all. */
  readonly issuers: readonly string[];
  /** Where people sign in. */
  readonly signInSettings?: SignInSettings | undefined;
}): Rights {
  const accounts = createAccounts(deps);
  const accessTokens = createAccessTokens(deps);
  const robots = createRobots(deps);
  const issuerKeys = createIssuerKeys(deps);
  const publishers = createPublishers({ ...deps, keys: issuerKeys });
  const certificates = createCertificates({ ...deps, accounts, robots });
  const audit = createAuditLog(deps);
  const brake = createLoginBrake(deps);
  const identities = createIdentities({ ...deps, accounts });
  const { signInSettings: settings } = deps;
  return {
    accounts,
    accessTokens,
    issuerKeys,
    robots,
    publishers,
    certificates,
    audit,
    access: createAccess(deps),
    logins: createLogins({
      ...deps,
      accounts,
      accessTokens,
      certificates,
      robots,
      publishers,
      audit,
      brake,
    }),
    identities,
    sessions: createSessions(deps),
    ...(settings === undefined
      ? {}
      : {
          signIn: createSignIn({
            ...deps,
            settings,
            identities,
            audit,
            keys: createIssuerKeys({ ...deps, issuers: [settings.issuer] }),
          }),
        }),
    organisations: createOrganisations(deps),
    roles: createRoles(deps),
    tokens: createTokens(deps),
  };
}
