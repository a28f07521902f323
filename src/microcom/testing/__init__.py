"""What a platform's tests are made of; shipped, so that platforms elsewhere use it too."""
