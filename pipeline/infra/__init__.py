"""The files of the infra repository: what they deploy and pin, and how one pin is moved in them."""
