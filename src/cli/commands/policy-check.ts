import { AppError } from '../../core/errors.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printableJson, printableLine } from '../printable.ts';
import { readPolicyFile } from '../read-policy-file.ts';

/** `sallyport policy check`: every problem of a file, with path and line, without starting anything. */
export const registerPolicyCheck: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'check <file>',
    summary: 'Check a sallyport.yaml',
    examples: ['sallyport policy check sallyport.yaml', 'sallyport policy check sallyport.yaml --json'],
  }).action(async (file: string, options: JsonOption) => {
    const { terminal } = context;
    const { parsePolicyDocument } = await import('../../policies/document/parse.ts');
    const parsed = parsePolicyDocument(await readPolicyFile(file));
    const { policyWarnings } = await import('../../policies/document/warnings.ts');
    const problems = parsed.ok ? [] : parsed.problems;
    const warnings = parsed.ok ? policyWarnings(parsed.document) : [];
    if (options.json) terminal.print(printableJson({ ok: parsed.ok, file, problems, warnings }));
    for (const { path, message } of warnings) {
      if (!options.json) terminal.say(printableLine(`${file}: warning: ${path}: ${message}`));
    }
    if (parsed.ok) {
      if (!options.json) terminal.print(`${file} is valid (version ${parsed.version}).`);
      return;
    }
    for (const { line, column, path, message } of problems) {
      terminal.say(printableLine(`${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`));
    }
    throw new AppError(
      'config_invalid',
      `${file} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}.`,
    );
  });
};
