#!/bin/sh
# What a release does, written down as plain commands: fetch, check ancestry, archive, build, push, two API calls.
# In the environment: GIT_URL REGISTRY GITHUB_API GITHUB_TOKEN REPOSITORY SERVICE VERSION STORAGE PLATFORMS LIMITS
set -eu

tag=$SERVICE/v$VERSION
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
image=$REGISTRY/$SERVICE:v$VERSION
buildah="buildah --root $STORAGE/root --runroot $STORAGE/run"

git init --quiet --bare "$work/history"
git -C "$work/history" remote add origin "$GIT_URL"
git -C "$work/history" fetch --quiet --no-tags --filter=tree:0 origin \
    +refs/heads/main:refs/heads/main "+refs/tags/$tag:refs/tags/$tag"
commit=$(git -C "$work/history" rev-parse "refs/tags/$tag^{commit}")
git -C "$work/history" merge-base --is-ancestor "$commit" refs/heads/main
created=$(TZ=UTC git -C "$work/history" log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd "$commit")
epoch=$(git -C "$work/history" log -1 --format=%ct "$commit")

mkdir "$work/tree"
git init --quiet --bare "$work/commit"
git -C "$work/commit" fetch --quiet --no-tags --depth=1 "$GIT_URL" "$commit"
git -C "$work/commit" archive "$commit" | tar -x -C "$work/tree"

$buildah bud --quiet --layers --isolation chroot --jobs 2 --tls-verify=false --timestamp "$epoch" \
    $LIMITS --platform "$PLATFORMS" --manifest "$image" \
    --build-arg BUILDPLATFORM=linux/amd64 \
    --build-arg SERVICE="$SERVICE" --build-arg VERSION="$VERSION" \
    --build-arg REVISION="$commit" --build-arg CREATED="$created" \
    --label org.opencontainers.image.revision="$commit" --label org.opencontainers.image.version="$VERSION" \
    --file "$work/tree/${DOCKERFILE:-Dockerfile}" "$work/tree" >/dev/null
$buildah manifest push --quiet --all --format oci --tls-verify=false "$image" "docker://$image" >/dev/null

api() {
    curl --silent --fail --show-error -H "Authorization: Bearer $GITHUB_TOKEN" "$@"
}
draft=$(api -X POST "$GITHUB_API/repos/$REPOSITORY/releases" \
    -d "{\"tag_name\": \"$tag\", \"target_commitish\": \"$commit\", \"draft\": true}")
id=$(printf %s "$draft" | tr ',{' '\n\n' | sed -n 's/^ *"id": *\([0-9]*\).*/\1/p' | head -n 1)
api -X PATCH "$GITHUB_API/repos/$REPOSITORY/releases/$id" -d '{"draft": false}' >/dev/null
