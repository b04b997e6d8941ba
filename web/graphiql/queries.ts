/** The tabs that a first visitor finds; each runs as it stands. */
export const exampleTabs = [
  {
    query: `# Welcome to Dateline's GraphQL API.
#
# Run this: Ctrl-Enter, ⌘-Enter on a Mac, or ▶.
# Point at a name to see what it means; type to
# complete it; the book on the left has them all.
#
# What happened in Lausanne, who says so, and
# where do they differ?
query EventsInLausanne {
  events(filter: { text: "Lausanne" }, first: 10) {
    totalCount
    nodes {
      title
      when {
        label
      }
      corroboration
      claims {
        question
        value
        statement
        source {
          publisher
          publishedOn
        }
      }
      disputes {
        question
        positions {
          value
          claims {
            source {
              publisher
            }
          }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# What the map draws: exact counts, one mark for
# all that would overlap. Its box and zoom are
# under Variables, below.
query Clusters($viewport: Viewport!) {
  clusters(viewport: $viewport) {
    count
    disputedCount
    position {
      lng
      lat
    }
    anchor {
      name(language: "en")
    }
    categories {
      category {
        label
      }
      count
    }
  }
}
`,
    variables: JSON.stringify({ viewport: { west: 2, south: 44, east: 12, north: 49, zoom: 6 } }, null, 2),
  },
];
