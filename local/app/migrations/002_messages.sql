CREATE TABLE messages (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body      text NOT NULL,
  embedding vector(3)
);
