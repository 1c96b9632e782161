import { addLeafCommand, type RegisterCommand } from '../leaf-command.ts';
import { printableJson } from '../printable.ts';

/** `sallyport policy schema`: the JSON Schema of sallyport.yaml, for editors. */
export const registerPolicySchema: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'schema',
    summary: 'Print the JSON Schema of sallyport.yaml',
    examples: ['sallyport policy schema > sallyport.schema.json'],
  }).action(async () => {
    const { policyJsonSchema } = await import('../../policies/document/json-schema.ts');
    context.terminal.print(printableJson(policyJsonSchema()));
  });
};
