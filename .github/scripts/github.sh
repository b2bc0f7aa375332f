# Functions for other scripts, which write one comment or issue of the bot per subject and update it afterwards. A hidden
# marker in the text identifies the subject. gh reads the token from GH_TOKEN and the repository from GH_REPO.
# shellcheck shell=bash

# bot is the author of all comments and issues that a workflow writes with its token.
bot='github-actions[bot]'

# find_own <API path> <subject>: the number of the bot's issue, or the ID of its comment, in a list; nothing without one
find_own() {
  gh api --paginate "repos/{owner}/{repo}/$1" | jq -nr --arg bot "$bot" --arg marker "<!-- threa: $2 -->" \
    '[inputs[] | select(.user.login == $bot and (.pull_request | not) and (.body // "" | startswith($marker)))]
      | .[0] // empty | .number // .id'
}

# text <subject>: the standard input with the marker, cut to the 65536 characters that GitHub accepts
text() {
  jq -Rsj --arg marker "<!-- threa: $1 -->" '"\($marker)\n\(.)" | if length <= 65536 then . else
    .[0:65400]
    | if split("````") | length % 2 == 0 then . + "\n````" else . end # closes the block with the plan
    | . + "\n\n… cut: the full text is in the log of the workflow run.\n"
  end'
}

# write_comment <pull request> <subject>: writes the standard input as a comment
write_comment() {
  local id
  id=$(find_own "issues/$1/comments?per_page=100" "$2")
  if [ -n "$id" ]; then
    text "$2" | gh api --silent --method PATCH "repos/{owner}/{repo}/issues/comments/$id" --field body=@-
  else
    text "$2" | gh pr comment "$1" --body-file -
  fi
}

# write_issue <subject> <title>: writes the standard input as an issue
write_issue() {
  local number
  number=$(find_own "issues?state=open&per_page=100" "$1")
  if [ -n "$number" ]; then
    text "$1" | gh issue edit "$number" --body-file -
  else
    text "$1" | gh issue create --title "$2" --body-file -
  fi
}

# close_issue <subject> <comment>: closes the open issue, if there is one
close_issue() {
  local number
  number=$(find_own "issues?state=open&per_page=100" "$1")
  if [ -n "$number" ]; then
    gh issue close "$number" --comment "$2"
  fi
}
