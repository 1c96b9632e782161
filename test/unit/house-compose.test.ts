import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parsePolicyDocument } from '../../src/policies/document/parse.ts';

const ROOT = join(import.meta.dirname, '../..');

const COMPOSE = z.object({
  services: z.record(
    z.string(),
    z.object({
      depends_on: z.record(z.string(), z.unknown()).optional(),
      environment: z.record(z.string(), z.string()).optional(),
      configs: z.array(z.object({ source: z.string(), target: z.string() })).optional(),
      ports: z.array(z.string()).optional(),
    }),
  ),
  configs: z.record(z.string(), z.object({ content: z.string() })),
});

/** As Compose does: `${NAME:-default}` and `${NAME:?message}` are filled in, `$$` is a dollar sign. */
function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text
    .replaceAll(
      /\$\{(\w+)(?::[-?]([^}]*))?\}/g,
      (_all, name: string, rest?: string) => variables[name] ?? rest ?? '',
    )
    .replaceAll('$$', '$');
}

describe('docker-compose.yml', () => {
  const compose = COMPOSE.parse(parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')));

  test('configures Sallyport with a document that the product accepts', () => {
    const text = interpolate(compose.configs['sallyport']?.content ?? '', {
      OIDC_ISSUER: 'https://idp.example.com',
    });
    const parsed = parsePolicyDocument(text);
    expect(parsed.ok ? [] : parsed.problems).toEqual([]);
  });

  test('names only services and configurations that are there', () => {
    for (const service of Object.values(compose.services)) {
      for (const name of Object.keys(service.depends_on ?? {})) expect(compose.services).toHaveProperty(name);
      for (const { source } of service.configs ?? []) expect(compose.configs).toHaveProperty(source);
    }
  });

  test('holds no password, and opens ports on loopback only', () => {
    for (const { environment = {}, ports = [] } of Object.values(compose.services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|KEY/.test(name)) expect(value).toMatch(/^\$\{\w+:\?/);
      }
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });
});
