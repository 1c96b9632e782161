/** Writes the JSON Schema of sallyport.yaml. A test fails when the published one is behind. */
import { writeFileSync } from 'node:fs';
import { policyJsonSchema } from '../src/policies/document/json-schema.ts';

const target = new URL('../docs/sallyport.schema.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
