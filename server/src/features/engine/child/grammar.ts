import {
  LlamaGrammarEvaluationState,
  type GbnfJsonBasicSchema,
  type LlamaGrammar,
  type LlamaModel,
} from 'node-llama-cpp'
import type { JsonObject } from '../../../platform/json.ts'
import type { Grammar } from '../engine-protocol.ts'
import { narrowSchema } from './json-schema.ts'
import { badField } from './refusal.ts'

/**
 * The rules that an answer must keep, at their beginning; every answer needs its own. Where they
 * are complete nothing but the end of the answer may follow. Throws RefusedError.
 */
export async function grammarState(
  model: LlamaModel,
  grammar: Grammar,
): Promise<LlamaGrammarEvaluationState> {
  const text = grammar.kind === 'gbnf' ? grammar.text : await schemaGrammar(model, grammar)
  const param = grammar.kind === 'gbnf' ? 'grammar' : paramOf(grammar)
  return new LlamaGrammarEvaluationState({ model, grammar: await parsed(model, text, param) })
}

async function parsed(model: LlamaModel, text: string, param: string): Promise<LlamaGrammar> {
  try {
    return await model.llama.createGrammar({ grammar: text })
  } catch {
    throw badField(param, `${param}: this is no grammar that the engine can follow`)
  }
}

async function schemaGrammar(
  model: LlamaModel,
  grammar: Exclude<Grammar, { kind: 'gbnf' }>,
): Promise<string> {
  try {
    const schema =
      grammar.kind === 'json'
        ? { type: 'object', additionalProperties: true }
        : narrowSchema(grammar.schema)
    const made = await model.llama.createGrammarForJsonSchema(asEngineSchema(schema))
    return withoutTail(made.grammar)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw badField(paramOf(grammar), `No grammar can be made of this JSON schema: ${reason}`)
  }
}

function paramOf(grammar: Exclude<Grammar, { kind: 'gbnf' }>): string {
  return grammar.kind === 'json' ? 'response_format' : grammar.param
}

// The library infers a type from a schema that is written down; for others any of its types will do.
function asEngineSchema(schema: JsonObject): GbnfJsonBasicSchema {
  return schema as unknown as GbnfJsonBasicSchema
}

/** The library's first rule ends with four empty lines, so that its own chats notice the end. */
function withoutTail(grammar: string): string {
  return grammar.replace(/^(root ::= .*?) "\\n\\n\\n\\n" \[\\n\]\*$/mu, '$1')
}
