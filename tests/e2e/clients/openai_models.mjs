// Lists and retrieves every model with OpenAI's client; prints what it saw as one line of JSON.
import OpenAI from "openai";

const [baseURL, apiKey, ...wanted] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey });

try {
  const listed = [];
  for await (const model of client.models.list()) listed.push(model);
  const ids = wanted.length ? wanted : listed.map((model) => model.id);
  const retrieved = [];
  for (const id of ids) retrieved.push(await client.models.retrieve(id));
  console.log(JSON.stringify({ listed, retrieved }));
} catch (error) {
  const { status, code, param, type, requestID } = error;
  console.log(JSON.stringify({ error: error.constructor.name, status, code, param, type, requestID }));
}
