"""What a platform's tests are made of, shipped so that platforms outside this project use it too."""
