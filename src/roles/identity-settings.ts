import { dirname } from 'node:path';
import type { PolicySource } from '../access/context.ts';
import { type Config, readSecret } from '../config.ts';
import type { IdentityContext } from '../identity/context.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';
import { publicUrlOf } from './addresses.ts';

type IdentitySettings = ReturnType<IdentityContext['settings']>;

/** Worked out once for each policy: it is asked for at every request, and reads the client's secret. */
export function keepIdentitySettings(input: {
  config: Config;
  policy: PolicySource;
}): () => IdentitySettings {
  let kept: { readonly version: string; readonly settings: IdentitySettings } | null = null;
  return () => {
    const { version, document } = input.policy.current();
    if (kept?.version !== version) {
      kept = { version, settings: identitySettings(document, dirname(input.config.file)) };
    }
    return kept.settings;
  };
}

function identitySettings(document: PolicyDocument, directory: string): IdentitySettings {
  const { oidc } = document.identity;
  const audience = oidc?.audience ?? publicUrlOf(document);
  return {
    audience,
    workloads: document.workloads,
    oidc:
      oidc === undefined
        ? null
        : {
            issuer: oidc.issuer,
            clientId: oidc.clientId,
            clientSecret:
              oidc.clientSecret === undefined ? null : readSecret(oidc.clientSecret, { directory }),
            audience,
            scopes: oidc.scopes,
            groupsClaim: oidc.groupsClaim,
            sshKeysClaim: oidc.sshKeysClaim ?? null,
            clockToleranceMs: oidc.clockTolerance,
          },
  };
}
